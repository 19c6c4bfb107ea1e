// The metadata server of a virtual machine, as far as credentials are concerned.

import { answerWithFault } from '../faults/http-fault.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import { type Answer, json, plain, type Reply } from '../http/answer.ts';
import { refuseBrowsers } from '../http/loopback-only.ts';
import type { HttpRequest, HttpService } from '../http/service.ts';
import { type AccessTokens, CLOUD_PLATFORM_SCOPE } from '../iam/access-tokens.ts';
import { projectOf } from '../iam/principal.ts';
import type { StatisticsCounter } from '../statistics.ts';

export interface MetadataServiceParts {
  /** The service account that is attached to the machine. */
  readonly serviceAccount: string;
  /** What the machine was created with. */
  readonly scopes: readonly string[];
  readonly tokens: AccessTokens;
  readonly tokenLifeMs: number;
  readonly faults: FaultPlan;
  readonly statistics: StatisticsCounter;
}

const ROOT = '/computeMetadata/v1';
const FLAVOR = { 'metadata-flavor': 'Google', server: 'Metadata Server for VM' };

export class MetadataService implements HttpService {
  readonly #parts: MetadataServiceParts;

  constructor(parts: MetadataServiceParts) {
    this.#parts = parts;
  }

  async answer(request: HttpRequest): Promise<Answer | undefined> {
    const { path, headers } = request;
    if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return undefined;
    refuseBrowsers(request);
    // The header keeps anything out that can be made to fetch a URL of an attacker's choice.
    if (headers['metadata-flavor'] !== 'Google' || headers['x-forwarded-for'] !== undefined) {
      return plain(403, 'Missing required header "Metadata-Flavor": "Google"\n', FLAVOR);
    }
    if (request.method !== 'GET') return plain(405, 'Method not allowed\n', FLAVOR);
    return this.#read(path.slice(ROOT.length + 1).replace(/\/$/, ''), request.query);
  }

  async #read(key: string, query: URLSearchParams): Promise<Answer> {
    const { serviceAccount } = this.#parts;
    const [, account, detail] = /^instance\/service-accounts\/([^/]+)(?:\/(.+))?$/.exec(key) ?? [];
    if (account === 'default' || account === serviceAccount) return this.#readAccount(detail ?? '', query);
    const known: Readonly<Record<string, string>> = {
      '': 'instance/\nproject/\nuniverse/\n',
      instance: 'service-accounts/\n',
      'instance/service-accounts': `default/\n${serviceAccount}/\n`,
      'project/project-id': projectOf(serviceAccount),
      'universe/universe-domain': 'googleapis.com',
    };
    const text = Object.hasOwn(known, key) ? known[key] : undefined;
    return text === undefined ? notFound() : plain(200, text, FLAVOR);
  }

  async #readAccount(detail: string, query: URLSearchParams): Promise<Answer> {
    const { serviceAccount, scopes } = this.#parts;
    switch (detail) {
      case '':
        if (query.get('recursive') !== 'true') return plain(200, 'aliases\nemail\nscopes\ntoken\n', FLAVOR);
        return json(200, { aliases: ['default'], email: serviceAccount, scopes }, FLAVOR);
      case 'email':
        return plain(200, serviceAccount, FLAVOR);
      case 'scopes':
        return plain(200, `${scopes.join('\n')}\n`, FLAVOR);
      case 'token':
        return this.#token(query);
      default:
        return notFound();
    }
  }

  async #token(query: URLSearchParams): Promise<Answer> {
    const { faults, statistics, tokens, serviceAccount, tokenLifeMs } = this.#parts;
    statistics.countTokenRequest('metadata');
    const fault = faults.take('token', { grant: 'metadata' });
    if (fault?.kind === 'token-error') return plain(fault.status ?? 400, `${fault.description}\n`, FLAVOR);
    return answerWithFault(fault, async () => {
      const scopes = this.#grantedScopes(query.get('scopes'));
      const token = tokens.mint({ principal: serviceAccount, scopes, lifeMs: tokenLifeMs });
      const expiresIn = Math.floor(tokenLifeMs / 1000);
      return json(200, { access_token: token, expires_in: expiresIn, token_type: 'Bearer' }, FLAVOR);
    });
  }

  /** A machine gives out no more than it was created with; cloud-platform covers every scope. */
  #grantedScopes(asked: string | null): readonly string[] {
    const own = this.#parts.scopes;
    const wanted = (asked ?? '').split(/[ ,]/).filter((scope) => scope !== '');
    if (wanted.length === 0) return own;
    if (own.includes(CLOUD_PLATFORM_SCOPE)) return wanted;
    const granted = wanted.filter((scope) => own.includes(scope));
    return granted.length === 0 ? own : granted;
  }
}

function notFound(): Reply {
  return plain(404, 'Not found\n', FLAVOR);
}
