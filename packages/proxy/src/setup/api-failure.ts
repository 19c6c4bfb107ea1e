// What an API's refusal means to somebody who sets an account up, with what to do about it.

import {
  type ApiErrorBody,
  type GoogleApiAnswer,
  grantCommand,
  memberOf,
  shellWord,
} from 'alloydb-connector/google-apis';
import { CommandError } from '../cli/command-error.ts';

export interface Attempted {
  /** Completes "cannot …". */
  readonly what: string;
  readonly project: string;
  /** Who asks, where the credentials tell. */
  readonly principal: string | undefined;
}

type Answered = Extract<GoogleApiAnswer, { is: 'ok' }>['value'];

/** @throws {CommandError} unless the API did what it was asked. */
export function requireOk(answer: GoogleApiAnswer, attempted: Attempted): Answered {
  if (answer.is === 'ok') return answer.value;
  throw failure(answer.error, attempted);
}

export function failure(error: ApiErrorBody, attempted: Attempted): CommandError {
  const { what } = attempted;
  return new CommandError(`cannot ${what}: ${error.message.replace(/\.$/, '')}`, { hint: hintOf(error, attempted) });
}

function hintOf(error: ApiErrorBody, { project, principal }: Attempted): string {
  const { reason, status, metadata } = error;
  const charged = projectOf(metadata['consumer']) ?? project;
  if (reason === 'SERVICE_DISABLED') {
    const service = shellWord(metadata['service'] ?? 'iam.googleapis.com');
    return `enable the API, then wait a few minutes: gcloud services enable ${service} --project=${shellWord(charged)}`;
  }
  if (reason === 'USER_PROJECT_DENIED') {
    const role = 'roles/serviceusage.serviceUsageConsumer';
    return `${principal ?? 'the caller'} may not use project ${charged}: ${grantCommand({ project: charged, member: memberOf(principal), role })}`;
  }
  if (reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' || status === 'UNAUTHENTICATED') {
    return 'log in with the scope cloud-platform: gcloud auth application-default login';
  }
  if (status === 'PERMISSION_DENIED') {
    return `ask an owner of project ${project}; what was done so far stays, and running it again goes on from there`;
  }
  if (isTransient(error)) return 'run it again: it goes on from where it stopped';
  return `see what is there: gcloud iam service-accounts list --project=${shellWord(project)}`;
}

export function isTransient({ httpStatus }: ApiErrorBody): boolean {
  return httpStatus === 429 || httpStatus >= 500;
}

function projectOf(resource: string | undefined): string | undefined {
  return /^projects\/([^/]+)/.exec(resource ?? '')?.[1];
}

/** As they go on behind a colon. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}
