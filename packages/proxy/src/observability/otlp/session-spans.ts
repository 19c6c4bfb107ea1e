// Sessions and their dials as spans: one trace for each connection.

import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { type DialEvent, dialChannel, type DialPhase } from 'alloydb-connector';
import { type SessionEvent, sessionChannel } from '../../proxy/session-events.ts';
import { follow } from '../follow.ts';
import { problemOf } from '../model/problem.ts';

/** The cache phase is waiting for a refresh, and next to nothing when connection info is there. */
const phaseNames: { readonly [Phase in DialPhase]: string } = {
  cache: 'refresh',
  token: 'token',
  tcp: 'TCP',
  tls: 'TLS',
  exchange: 'exchange',
};

export class SessionSpans implements Disposable {
  readonly #tracer: Tracer;
  /** Of sessions that are traced and not over. */
  readonly #sessions = new Map<number, Span>();
  readonly #undo = new DisposableStack();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
    this.#undo.use(follow(sessionChannel, (event) => this.#noteSession(event as SessionEvent)));
    this.#undo.use(follow(dialChannel, (event) => this.#noteDial(event as DialEvent)));
  }

  [Symbol.dispose](): void {
    this.#undo.dispose();
  }

  #noteSession(event: SessionEvent): void {
    const { id } = event;
    if (event.at === 'accepted') {
      this.#begin(event);
      return;
    }
    const span = this.#sessions.get(id);
    if (span === undefined) return;
    switch (event.at) {
      case 'waiting':
      case 'admitted':
        span.addEvent(event.at);
        return;
      case 'connected':
        span.setAttributes({ 'server.address': event.address, 'alloydb.ip_type': event.ipType });
        return;
      case 'refused':
        span.setStatus({ code: SpanStatusCode.ERROR, message: event.reason });
        break;
      case 'failed':
        fail(span, event.error);
        break;
      case 'left':
        span.setAttributes({ 'alloydb.closed_by': event.by });
        break;
      case 'closed':
        span.setAttributes({
          'alloydb.closed_by': event.by,
          'alloydb.bytes_from_client': event.bytesFromClient,
          'alloydb.bytes_to_client': event.bytesToClient,
          ...(event.reason === undefined ? {} : { 'alloydb.close_reason': event.reason }),
          ...(event.error === undefined ? {} : { 'alloydb.close_error': event.error.message }),
        });
        break;
    }
    this.#sessions.delete(id);
    span.end();
  }

  #begin({ id, instance, client }: Extract<SessionEvent, { at: 'accepted' }>): void {
    const attributes = {
      'alloydb.connection': id,
      'alloydb.instance': instance,
      ...(client === undefined ? {} : { 'client.address': client }),
    };
    const span = this.#tracer.startSpan('session', { kind: SpanKind.SERVER, attributes, root: true }, ROOT_CONTEXT);
    // One that is not sampled costs nothing from here on.
    if (span.isRecording()) this.#sessions.set(id, span);
  }

  /** A dial without a session is a check of the backend: its own trace would say little. */
  #noteDial(event: DialEvent): void {
    const session = typeof event.reference === 'number' ? this.#sessions.get(event.reference) : undefined;
    if (session === undefined) return;
    const { startedAt, durationMs, instance, phases } = event;
    const within = trace.setSpan(ROOT_CONTEXT, session);
    const attributes = { 'alloydb.instance_uri': instance };
    const dial = this.#tracer.startSpan('dial', { kind: SpanKind.CLIENT, startTime: startedAt, attributes }, within);
    for (const phase of phases) this.#writePhase(phase, trace.setSpan(ROOT_CONTEXT, dial));
    if (event.at === 'failed') fail(dial, event.error);
    if (event.at === 'aborted') dial.setStatus({ code: SpanStatusCode.ERROR, message: 'given up' });
    if (event.at === 'succeeded') {
      const { address, ipType, route } = event;
      dial.setAttributes({ 'server.address': address, 'alloydb.ip_type': ipType, 'alloydb.route': route });
    }
    dial.end(startedAt + durationMs);
  }

  #writePhase({ phase, startedAt, durationMs, address, isFailed }: DialEvent['phases'][number], within: Context): void {
    const attributes = address === undefined ? {} : { 'server.address': address };
    const span = this.#tracer.startSpan(phaseNames[phase], { startTime: startedAt, attributes }, within);
    if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(startedAt + durationMs);
  }
}

function fail(span: Span, error: unknown): void {
  const { message, code } = problemOf(error, 0);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  if (code !== undefined) span.setAttribute('error.type', code);
}
