// What a user can do about each error answer of the Admin API, with the command to paste.

import { grantCommand, isServiceAccount, memberOf, shellWord } from '../gcloud-commands.ts';
import { formatInstanceUri, type InstanceUri } from '../instance/uri.ts';
import type { ApiErrorBody } from './api-error.ts';

export interface HintContext {
  readonly instance: InstanceUri;
  /** E-mail or `principal://…` URL of who asks; undefined where the credentials do not tell. */
  readonly principal: string | undefined;
}

type Answer = Pick<ApiErrorBody, 'status' | 'message' | 'metadata' | 'fieldViolations'>;

/** One reason of an answer; docs/errors.md is made from the table of them. */
export interface ApiReason {
  readonly meaning: string;
  readonly hint: (context: HintContext, answer: Answer) => string;
}

/** By `reason` of google.rpc.ErrorInfo. */
export const apiReasons: Readonly<Record<string, ApiReason>> = {
  SERVICE_DISABLED: {
    meaning: 'the AlloyDB API is not enabled in the project that the calls are charged to',
    hint: (context, answer) =>
      `enable the API, then wait a few minutes: gcloud services enable alloydb.googleapis.com --project=${charged(context, answer)}`,
  },
  IAM_PERMISSION_DENIED: {
    meaning: 'the principal lacks a permission on the instance or its cluster',
    hint: ({ instance, principal }, { metadata }) => {
      const permission = metadata['permission'] ?? 'alloydb.instances.connect';
      const project = projectOf(metadata['resource']) ?? instance.project;
      const role = roles[permission] ?? 'roles/alloydb.client';
      return `${principal ?? 'the principal'} needs ${permission} in project ${project}: ${grantCommand({ project, member: memberOf(principal), role })}`;
    },
  },
  USER_PROJECT_DENIED: {
    meaning: 'the principal may not use the project that the calls are charged to (the quota project)',
    hint: (context, answer) => {
      const role = 'roles/serviceusage.serviceUsageConsumer';
      const project = consumer(context, answer);
      return `${context.principal ?? 'the principal'} may not use project ${project}: ${grantCommand({ project, member: memberOf(context.principal), role })}`;
    },
  },
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: {
    meaning: 'the token was made without the scope cloud-platform',
    hint: ({ principal }) =>
      principal !== undefined && !isServiceAccount(principal)
        ? 'log in with the scope cloud-platform: gcloud auth application-default login'
        : 'give the stopped VM the scope cloud-platform: gcloud compute instances set-service-account VM --zone=ZONE --scopes=cloud-platform; or make the token with that scope',
  },
  ACCESS_TOKEN_EXPIRED: {
    meaning: 'the token has expired',
    hint: (context) => renew(context),
  },
  ACCESS_TOKEN_TYPE_UNSUPPORTED: {
    meaning: 'the token is no access token of Google, or was revoked',
    hint: (context) => renew(context),
  },
  CREDENTIALS_MISSING: {
    meaning: 'the call arrived without a token',
    hint: () =>
      'check that no proxy on the way removes the header Authorization, then log in again: gcloud auth application-default login',
  },
  RATE_LIMIT_EXCEEDED: {
    meaning: 'the quota of Admin API requests is used up',
    hint: (context, answer) =>
      `run fewer processes, or raise the quota${quoted(answer.metadata['quota_metric'])}: gcloud beta quotas info list --service=alloydb.googleapis.com --project=${charged(context, answer)}`,
  },
  BILLING_DISABLED: {
    meaning: 'the project has no billing account',
    hint: (context, answer) =>
      `link a billing account: gcloud billing projects link ${charged(context, answer)} --billing-account=ACCOUNT_ID`,
  },
  CONSUMER_SUSPENDED: {
    meaning: 'the project has been suspended',
    hint: (context, answer) =>
      `ask the owner of the project why it is suspended: gcloud projects describe ${charged(context, answer)}`,
  },
  SECURITY_POLICY_VIOLATED: {
    meaning: 'VPC Service Controls do not let this caller through',
    hint: ({ instance }, { message, metadata }) => {
      const id = metadata['uid'] ?? /vpcServiceControlsUniqueIdentifier:\s*([\w-]+)/i.exec(message)?.[1];
      const filter =
        id === undefined
          ? 'protoPayload.metadata.@type="type.googleapis.com/google.cloud.audit.VpcServiceControlAuditMetadata"'
          : `protoPayload.metadata.vpcServiceControlsUniqueId="${id}"`;
      return `the administrator of the perimeter finds the denied call with: gcloud logging read ${shellWord(filter)} --project=${shellWord(instance.project)}`;
    },
  },
};

/** By status, for answers without a reason, or with one that the table lacks. */
export const apiStatuses: Readonly<Record<string, ApiReason>> = {
  NOT_FOUND: {
    meaning: 'the instance or its cluster does not exist',
    hint: ({ instance: { project, region, cluster } }) =>
      `see what exists: gcloud alloydb instances list --cluster=${shellWord(cluster)} --region=${shellWord(region)} --project=${shellWord(project)}; clusters: gcloud alloydb clusters list --project=${shellWord(project)}`,
  },
  INVALID_ARGUMENT: {
    meaning: 'a part of the request has a form that cannot exist',
    hint: ({ instance }, { fieldViolations }) => {
      const fields = fieldViolations.map(({ field, description }) => `${field}: ${description}`).join('; ');
      return `check each part of "${formatInstanceUri(instance)}"${fields === '' ? '' : ` (${fields})`}: gcloud alloydb instances list --project=${shellWord(instance.project)}`;
    },
  },
  UNAUTHENTICATED: {
    meaning: 'the token is not accepted',
    hint: (context) => renew(context),
  },
  UNAVAILABLE: {
    meaning: 'the service is interrupted',
    hint: () => 'the call is repeated; the state of the service is at https://status.cloud.google.com',
  },
};

/** What to do about an answer, or undefined when its text has to speak for itself. */
export function hintFor(answer: Answer & Pick<ApiErrorBody, 'reason'>, context: HintContext): string | undefined {
  const known = answer.reason === undefined ? undefined : apiReasons[answer.reason];
  return (known ?? apiStatuses[answer.status])?.hint(context, answer);
}

/** The least role of AlloyDB that holds a permission; what is not here is in roles/alloydb.client. */
const roles: Readonly<Record<string, string>> = {
  'alloydb.clusters.list': 'roles/alloydb.viewer',
  'alloydb.instances.list': 'roles/alloydb.viewer',
  'alloydb.users.login': 'roles/alloydb.databaseUser',
  'serviceusage.services.use': 'roles/serviceusage.serviceUsageConsumer',
};

/** A service account's tokens are made anew by themselves; when one counts as expired, the clock is the suspect. */
function renew({ principal }: HintContext): string {
  return principal !== undefined && isServiceAccount(principal)
    ? `check that the clock of this machine is right and that the account still exists: gcloud iam service-accounts describe ${shellWord(principal)}`
    : 'log in again: gcloud auth application-default login (for a token given by hand: gcloud auth print-access-token)';
}

/** The project that a call is charged to; with a quota project, or a service account's own, it is not the instance's. */
function consumer({ instance }: HintContext, { metadata }: Answer): string {
  return projectOf(metadata['consumer']) ?? instance.project;
}

function charged(context: HintContext, answer: Answer): string {
  return shellWord(consumer(context, answer));
}

/** `projects/P/…` → `P`, which may also be a project number. */
function projectOf(resource: string | undefined): string | undefined {
  return /^projects\/([^/]+)/.exec(resource ?? '')?.[1];
}

function quoted(text: string | undefined): string {
  return text === undefined ? '' : ` ${text}`;
}
