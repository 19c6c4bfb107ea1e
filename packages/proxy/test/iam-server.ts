// IAM, Resource Manager and a token endpoint in one real HTTP server, as much of them as `setup` asks, each answer the test's to change.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { answerWith, type AnsweringServer } from './answering-server.ts';

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: object;
}

interface Policy {
  readonly version: number;
  readonly etag: string;
  readonly bindings: readonly Binding[];
  readonly auditConfigs?: unknown;
}

export interface Replied {
  readonly status: number;
  readonly body?: object;
}

export interface IamServer extends AsyncDisposable {
  readonly host: string;
  /** `POST /v1/…`, in the order of arrival. */
  readonly requests: readonly string[];
  /** Descriptions by e-mail. */
  readonly accounts: Map<string, string>;
  readonly keys: Set<string>;
  policy: Policy;
  /** Those of the permissions asked for that the caller lacks. */
  readonly lacking: Set<string>;
  /** Of the machine, by its metadata server. */
  identity: string | undefined;
  /** Answers in the server's place; undefined lets it answer. */
  intercept: (request: string) => Replied | undefined;
}

export const iamToken = 'ya29.emulator-test';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
/** Must never be seen in any output. */
export const secretPart = pem.slice(100, 140);

export const refusal = (status: number, message: string, name = ''): Replied => ({
  status,
  body: { error: { code: status, message, ...(name === '' ? {} : { status: name }) } },
});

export async function serveIam(): Promise<IamServer> {
  let server: AnsweringServer | undefined;
  const state = {
    accounts: new Map<string, string>(),
    keys: new Set<string>(),
    policy: { version: 1, etag: 'a', bindings: [] } as Policy,
    lacking: new Set<string>(),
    identity: undefined as string | undefined,
    intercept: (_request: string): Replied | undefined => undefined,
  };
  const started = await answerWith((request, response) => {
    void text(request).then((body) => {
      if (request.url?.startsWith('/computeMetadata/') === true && state.identity !== undefined) {
        response.writeHead(200, { 'metadata-flavor': 'Google' }).end(state.identity);
        return;
      }
      const words = `${request.method} ${decodeURIComponent(request.url ?? '')}`;
      const { status, body: reply = {} } =
        state.intercept(words) ?? answer(words, body, state, `http://127.0.0.1:${server?.port}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
    });
  });
  server = started;
  return Object.assign(state, {
    host: `127.0.0.1:${started.port}`,
    requests: started.requests,
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  });
}

type State = Pick<IamServer, 'accounts' | 'keys' | 'policy' | 'lacking'>;

function answer(request: string, body: string, state: State, origin: string): Replied {
  const [method = '', path = ''] = request.replace(/\?.*/, '').split(' ');
  if (path === '/token') return ok({ access_token: iamToken, expires_in: 3600, token_type: 'Bearer' });
  const sent = body === '' ? {} : (JSON.parse(body) as Readonly<Record<string, unknown>>);
  if (path.endsWith(':testIamPermissions')) {
    const asked = sent['permissions'] as readonly string[];
    return ok({ permissions: asked.filter((each) => !state.lacking.has(each)) });
  }
  if (path.endsWith(':getIamPolicy')) return ok(state.policy);
  if (path.endsWith(':setIamPolicy')) {
    const policy = sent['policy'] as Policy;
    if (policy.etag !== state.policy.etag) return refusal(409, 'There were concurrent policy changes.', 'ABORTED');
    state.policy = { ...policy, etag: `${policy.etag}a` };
    return ok(state.policy);
  }
  if (method === 'POST' && path.endsWith('/serviceAccounts')) {
    const email = `${String(sent['accountId'])}@p.iam.gserviceaccount.com`;
    const { description = '' } = sent['serviceAccount'] as { readonly description?: string };
    state.accounts.set(email, description);
    return ok({ email, description });
  }
  const [, email = '', rest = ''] = /\/serviceAccounts\/([^/]+)(.*)$/.exec(path) ?? [];
  const description = state.accounts.get(email);
  if (description === undefined) return refusal(404, `Unknown service account: ${email}`);
  return rest === '' ? ofAccount(method, email, sent, state) : ofKeys(method, email, rest, { state, origin });
}

function ofAccount(
  method: string,
  email: string,
  sent: Readonly<Record<string, unknown>>,
  { accounts }: State,
): Replied {
  if (method === 'DELETE') {
    accounts.delete(email);
    return ok({});
  }
  if (method === 'PATCH') {
    const { description } = sent['serviceAccount'] as { readonly description: string };
    accounts.set(email, description);
  }
  return ok({ email, description: accounts.get(email) });
}

function ofKeys(
  method: string,
  email: string,
  rest: string,
  { state: { keys }, origin }: { readonly state: State; readonly origin: string },
): Replied {
  const nameOf = (id: string): string => `projects/p/serviceAccounts/${email}/keys/${id}`;
  if (method === 'GET') return ok({ keys: [...keys].map((id) => ({ name: nameOf(id) })) });
  if (method === 'DELETE') {
    return keys.delete(rest.replace('/keys/', '')) ? ok({}) : refusal(404, 'Service account key does not exist.');
  }
  const id = randomBytes(20).toString('hex');
  keys.add(id);
  const file = keyFileText({ id, email, origin });
  return ok({ name: nameOf(id), privateKeyData: Buffer.from(file).toString('base64') });
}

export function keyFileText({ id, email, origin }: Readonly<Record<'id' | 'email' | 'origin', string>>): string {
  return JSON.stringify({
    type: 'service_account',
    project_id: 'p',
    private_key_id: id,
    private_key: pem,
    client_email: email,
    token_uri: `${origin}/token`,
  });
}

const ok = (body: object): Replied => ({ status: 200, body });
