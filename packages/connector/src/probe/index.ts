// alloydb-connector/probe: the steps of a connection one at a time, for tools that say which of them fails.

export { formatSeconds, orAborted, TimeLimitError, withTimeLimit } from '../abort.ts';
export { applicationDefaultFile } from '../credentials/application-default.ts';
export type { Token } from '../credentials/token-source.ts';
export type { Candidate } from '../dial/address.ts';
export { OutboundProxyError } from '../dial/proxy-error.ts';
export { ServerIdentityError } from '../dial/tls.ts';
export { reasonOf } from '../errors.ts';
export { cloudPlatformScope } from '../google-apis/authorised.ts';
export type { InstanceAddresses } from '../instance/ip-type.ts';
export { Probe, type ProbedCertificate, type ProbePlace } from './probe.ts';
