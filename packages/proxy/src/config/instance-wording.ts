// The words for what is wrong with one instance, as whoever wrote it knows the place.

import type { ConnectorError } from 'alloydb-connector';
import { isQueryParameter, type FlagRow } from '../cli/flag-row.ts';
import { FLAG_ROWS } from '../cli/flags.ts';
import { closest } from '../cli/suggest.ts';
import { UsageError, type UsageErrorOptions } from '../cli/usage-error.ts';
import { KINDS } from '../cli/values/kinds.ts';
import { expectedOf } from '../cli/values/read-value.ts';
import { type FileMistake, placeIn } from './file/config-file.ts';
import { formatOf } from './file/formats.ts';
import { exampleLiteral } from './file/values.ts';
import type { WrittenParameter } from './instance-args.ts';
import { describeForeign } from './platform.ts';
import type { Source } from './sources.ts';

export class InstanceWording {
  readonly #uri: string;
  readonly #source: Source;
  readonly #instance: string;

  constructor(uri: string, source: Source) {
    this.#uri = uri;
    this.#source = source;
    this.#instance = source.from === 'environment' ? `${source.variable} ("${uri}")` : `instance "${uri}"`;
  }

  badUri(cause: ConnectorError): FileMistake {
    const isMisplacedFlag = this.#source.from !== 'file' && /^-./.test(this.#uri);
    const hint = isMisplacedFlag ? 'flags stand before "--"' : (cause.hint ?? 'see --help');
    const from = this.#source.from === 'environment' ? ` (from ${this.#source.variable})` : '';
    return this.#mistake(`${cause.message}${from}`, { hint, cause });
  }

  unknown({ name, in: where, line }: WrittenParameter): FileMistake {
    const parameters = FLAG_ROWS.filter(isQueryParameter).map((row) => row.name);
    const known = where === 'key' ? ['uri', ...parameters] : parameters;
    const near = closest(name, known);
    let hint = `an instance takes ${known.join(', ')}`;
    if (FLAG_ROWS.some((row) => row.name === name)) {
      const place = this.#source.from === 'file' ? 'at the top of the file' : 'as a flag';
      hint = `${this.#source.from === 'file' ? name : `--${name}`} holds for all instances: write it ${place}`;
    } else if (near !== undefined) {
      hint = `did you mean ${near}?`;
    }
    const noun = where === 'key' ? 'key' : 'query parameter';
    return this.#mistake(`unknown ${noun} "${name}" for ${this.#instance}`, { hint }, line);
  }

  repeated({ name, text, in: where, line }: WrittenParameter, before: WrittenParameter): FileMistake {
    if (where !== before.in) {
      const message = `${name} is set both in the query of the URI and beside it for ${this.#instance}`;
      return this.#mistake(message, { hint: 'keep one of them' }, line);
    }
    const hint = `keep one of them: 'INSTANCE_URI?${name}=${text}'`;
    return this.#mistake(`query parameter ${name} is repeated for ${this.#instance}`, { hint }, line);
  }

  /** Undefined on operating systems that have what the parameter means. */
  foreign(row: FlagRow, { name, in: where, line }: WrittenParameter): FileMistake | undefined {
    const noun = where === 'key' ? name : `query parameter ${name}`;
    const foreign = describeForeign(row, `${noun} of ${this.#instance}`);
    return foreign === undefined ? undefined : this.#mistake(foreign.message, { hint: foreign.hint }, line);
  }

  badValue(row: FlagRow, { name, text, in: where, line }: WrittenParameter): FileMistake {
    const { example } = KINDS[row.kind];
    const format = this.#source.from === 'file' && where === 'key' ? formatOf(this.#source.path) : undefined;
    const written = format?.write(name, exampleLiteral(row)) ?? `'INSTANCE_URI?${name}=${example}'`;
    const noun = where === 'key' ? name : `query parameter ${name}`;
    const message = `invalid value "${text}" of ${noun} for ${this.#instance}: expected ${expectedOf(row)}`;
    return this.#mistake(message, { hint: `write it like ${written}` }, line);
  }

  conflict(one: WrittenParameter, other: WrittenParameter): FileMistake {
    const noun = one.in === 'query' && other.in === 'query' ? 'query parameters ' : '';
    const message = `${noun}${one.name} and ${other.name} cannot be used together for ${this.#instance}`;
    const hint = `remove ${one.name} or ${other.name} from the instance`;
    return this.#mistake(message, { hint }, laterLine(one.line, other.line));
  }

  /** Whoever can forge an answer of DNS could send clients, and their passwords, anywhere. */
  missingAllow(): FileMistake {
    const format = this.#source.from === 'file' ? formatOf(this.#source.path) : undefined;
    const example = format?.write('allow', '"projects/PROJECT"') ?? `'${this.#uri}?allow=projects/PROJECT'`;
    return this.#mistake(`${this.#instance} is a DNS name, and nothing says where it may point`, {
      hint: `name the project or cluster of its instances: ${example}; without DNS, write projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE`,
    });
  }

  needlessAllow({ line }: WrittenParameter): FileMistake {
    const message = `allow means nothing for ${this.#instance}: it is for instances that are named by a DNS name`;
    return this.#mistake(message, { hint: 'remove allow' }, line);
  }

  /** In a config file, everything has a place; what a parameter's is not known for stands where its instance does. */
  #mistake(message: string, options: UsageErrorOptions, ownLine?: number): FileMistake {
    if (this.#source.from !== 'file') return { line: undefined, error: new UsageError(message, options) };
    const line = ownLine ?? this.#source.line;
    // Messages of the connector are sentences; behind a place they go on in lower case.
    const text = message.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
    return { line, error: new UsageError(`${placeIn(this.#source.path, line)}: ${text}`, options) };
  }
}

function laterLine(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
