// docs/errors.md: every code and every known answer of the servers, from the tables that the connector itself uses.

import { errorCodes } from '../packages/connector/src/error-codes.ts';
import { type ApiReason, apiReasons, apiStatuses } from '../packages/connector/src/admin-api/hints.ts';
import { refusals } from '../packages/connector/src/metadata-exchange/refusal-hints.ts';
import { table } from './markdown.ts';

/** Stands for whatever a real error would name. */
const context = {
  instance: { project: 'PROJECT', region: 'REGION', cluster: 'CLUSTER', instance: 'INSTANCE' },
  principal: 'EMAIL',
};
const answer = { status: '', message: '', metadata: {}, fieldViolations: [] };

export function errorsPage(): string {
  return `# Errors

Every error of the connector is a \`ConnectorError\` with a \`code\`, and with a \`hint\` where there is something to do. The
proxy prints both, as \`error:\` and \`hint:\`. Match on the code: texts may change with any release.

This page is made from the tables in the code by \`npm run docs\`.

## Codes

${table(
  ['code', 'meaning', 'usual cause', 'what to do'],
  Object.entries(errorCodes).map(([code, { meaning, cause, remedy }]) => [`\`${code}\``, meaning, cause, remedy]),
)}

## Answers of the Admin API

An \`AdminApiError\` carries the whole answer in \`body\`. Its \`reason\`, or else its \`status\`, decides the hint. A real hint
names the project, the permission and the principal in place of the words in capitals; a service account stands as
\`serviceAccount:EMAIL\`.

${table(['reason or status', 'meaning', 'hint'], [...Object.entries(apiReasons), ...Object.entries(apiStatuses)].map(reasonRow))}

## Refusals of the metadata exchange

With \`EXCHANGE_REFUSED\` and \`EXCHANGE_UNAUTHENTICATED\` the message quotes the server.

${table(
  ['text', 'meaning', 'hint'],
  refusals.map(({ text, meaning, hint }) => [text, meaning, hint(context)]),
)}
`;
}

function reasonRow([name, { meaning, hint }]: readonly [string, ApiReason]): readonly string[] {
  return [`\`${name}\``, meaning, hint(context, answer)];
}
