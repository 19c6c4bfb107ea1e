// A release feed with its files, as whoever makes releases would publish them, or as somebody else would.

import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { type AnsweringServer, answerWith } from './answering-server.ts';

const makers = generateKeyPairSync('ed25519');
const others = generateKeyPairSync('ed25519');

/** Of a pair that exists for as long as the test. */
export const publicKey = makers.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

export interface PublishedRelease {
  readonly tag: string;
  readonly asset: string;
  readonly executable: string | Buffer;
  /** Default: the makers. */
  readonly signedBy?: 'makers' | 'others';
  /** Sent in place of what was signed, by the name of the file. Undefined ends the connection in the middle. */
  readonly instead?: Readonly<Record<string, string | undefined>>;
  /** A file of which half is sent, and then nothing more. */
  readonly hanging?: string;
  /** Called when it has come so far. */
  readonly onHang?: () => void;
  /** Files that the feed does not name. */
  readonly without?: readonly string[];
}

export interface ReleaseServer extends AsyncDisposable, Pick<AnsweringServer, 'requests'> {
  readonly feed: URL;
}

export async function serveRelease(release: PublishedRelease): Promise<ReleaseServer> {
  const { tag, asset, executable, signedBy = 'makers', instead = {}, without = [], hanging, onHang } = release;
  const sum = createHash('sha256').update(executable).digest('hex');
  const sums = `${'0'.repeat(64)}  alloydb-auth-proxy-other\n${sum}  ${asset}\n`;
  const { privateKey } = signedBy === 'makers' ? makers : others;
  const files: Readonly<Record<string, string | Buffer>> = {
    [asset]: executable,
    SHA256SUMS: sums,
    'SHA256SUMS.sig': sign(null, Buffer.from(sums), privateKey),
  };
  const names = Object.keys(files).filter((name) => !without.includes(name));
  const document = { tag_name: tag, assets: names.map((name) => ({ name, browser_download_url: `files/${name}` })) };
  const server = await answerWith((request, response) => {
    const name = /^\/files\/(.+)$/.exec(request.url ?? '')?.[1];
    if (name === undefined) return void response.end(JSON.stringify(document));
    if (name === hanging) {
      response.writeHead(200, { 'content-length': '1000' }).write('half of it', () => onHang?.());
      return;
    }
    if (!(name in instead)) return void response.end(files[name]);
    if (instead[name] !== undefined) return void response.end(instead[name]);
    response.writeHead(200, { 'content-length': '1000' }).write('half of it', () => response.destroy());
  });
  return {
    feed: new URL(`http://127.0.0.1:${server.port}/latest`),
    requests: server.requests,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A small program that says its version as the real one does. */
export function scriptOf(version: string, more = ''): string {
  return `#!/bin/sh\n${more}\necho "alloydb-auth-proxy version ${version}"\n`;
}
