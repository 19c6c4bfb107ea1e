// Errors of Bun's own sockets as those of node:net and node:tls, which the rest of the program tells apart by code.

// As BoringSSL writes them: `error:1000045c:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED`.
const tlsReason = /^error:[0-9a-f]+:[^:]*:[^:]*:([A-Z0-9_]+)$/;

/** Those of TLS get their own codes in place of EPROTO; a reset gets Node's words. */
export function asNodeError(error: Error): Error {
  const reason = tlsReason.exec(error.message)?.[1];
  if (reason !== undefined) return Object.assign(new Error(error.message), { code: `ERR_SSL_${reason}` });
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

/** Bun says only `Failed to connect`. */
export function connectError(error: Error, { host, port }: { readonly host: string; readonly port: number }): Error {
  const { code = 'ECONNREFUSED', errno, syscall = 'connect' } = error as NodeJS.ErrnoException;
  const address = host.includes(':') ? `[${host}]` : host;
  return Object.assign(new Error(`${syscall} ${code} ${address}:${port}`), {
    code,
    errno,
    syscall,
    address: host,
    port,
  });
}
