// alloydb-connector/google-apis: what tools around the connector need to talk to the APIs next to AlloyDB's.

export type { ApiErrorBody, FieldViolation } from '../admin-api/api-error.ts';
export { type HintContext, hintFor } from '../admin-api/hints.ts';
export { emulatorHostVariable } from '../emulator-host.ts';
export { type Grant, grantCommand, isServiceAccount, memberOf, shellWord } from '../gcloud-commands.ts';
export type { GoogleService } from './endpoints.ts';
export { GoogleApis, type GoogleApiAnswer, type GoogleApiCall } from './google-apis.ts';
