// Whether this machine has an identity of Google Cloud's own, so that no key is needed on it.

import { http } from '../http/node-http.ts';

export interface PlatformQuestion {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** E-mail of the account that the metadata server gives tokens for. Undefined where there is none: most often nobody answers. */
export async function platformIdentity({ env, timeoutMs }: PlatformQuestion): Promise<string | undefined> {
  const host = [env['ALLOYDB_EMULATOR_HOST'], env['GCE_METADATA_HOST']].find((each) => (each ?? '') !== '');
  const url = `http://${host ?? '169.254.169.254'}/computeMetadata/v1/instance/service-accounts/default/email`;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  if (!URL.canParse(url)) return undefined;
  const asked = http.request(url, { headers: { 'metadata-flavor': 'Google' } }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => (body += text.slice(0, 1_000)));
    // Other clouds have a server at the same address.
    const isOfGoogle = response.statusCode === 200 && response.headers['metadata-flavor'] === 'Google';
    response.once('end', () => resolve(isOfGoogle ? /^[\w.-]+@[\w.-]+$/.exec(body.trim())?.[0] : undefined));
    response.once('error', () => resolve(undefined));
  });
  asked.on('error', () => resolve(undefined)).end();
  const timer = setTimeout(() => asked.destroy(new Error('no answer')), timeoutMs);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
