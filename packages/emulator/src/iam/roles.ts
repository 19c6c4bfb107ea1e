// The IAM roles that the emulator knows, as Google documents them, down to the permissions that decide something here.

import { type Permission, permissionsLike } from './permissions.ts';

const PROJECT = ['resourcemanager.projects.get', 'resourcemanager.projects.list'] as const;
const SERVICES = ['serviceusage.services.get', 'serviceusage.services.list'] as const;
const VIEWER = [
  ...permissionsLike('alloydb.*.get', 'alloydb.*.list', 'serviceusage.services.*'),
  ...permissionsLike('iam.serviceAccounts.get', 'iam.serviceAccounts.list', 'iam.serviceAccountKeys.get'),
  ...permissionsLike('iam.serviceAccountKeys.list', 'iam.serviceAccounts.getIamPolicy'),
  ...permissionsLike('resourcemanager.projects.get', 'resourcemanager.projects.getIamPolicy'),
].filter((permission) => !/\.(use|enable|disable)$/.test(permission));
// Neither lets anybody act as a service account by a token: that takes Token Creator, for owners as well.
const EDITOR = [
  ...VIEWER,
  ...permissionsLike('alloydb.*', 'serviceusage.services.*', 'iam.serviceAccountKeys.*'),
  ...permissionsLike('iam.serviceAccounts.actAs', 'iam.serviceAccounts.create', 'iam.serviceAccounts.delete'),
  ...permissionsLike('iam.serviceAccounts.disable', 'iam.serviceAccounts.enable', 'iam.serviceAccounts.update'),
];

const ROLES = {
  'roles/alloydb.client': [
    'alloydb.clusters.generateClientCertificate',
    'alloydb.clusters.get',
    'alloydb.instances.connect',
    'alloydb.instances.get',
  ],
  'roles/alloydb.viewer': [...permissionsLike('alloydb.*.get', 'alloydb.*.list'), ...PROJECT],
  'roles/alloydb.databaseUser': [
    'alloydb.clusters.get',
    'alloydb.instances.executeSql',
    'alloydb.instances.get',
    'alloydb.users.login',
    ...PROJECT,
  ],
  'roles/alloydb.admin': [...permissionsLike('alloydb.*'), ...PROJECT],
  'roles/viewer': VIEWER,
  'roles/editor': EDITOR,
  'roles/owner': [
    ...EDITOR,
    ...permissionsLike(
      'resourcemanager.projects.*',
      'iam.serviceAccounts.getIamPolicy',
      'iam.serviceAccounts.setIamPolicy',
    ),
  ],
  'roles/browser': ['resourcemanager.projects.getIamPolicy', ...PROJECT],
  'roles/serviceusage.serviceUsageConsumer': [...SERVICES, 'serviceusage.services.use'],
  'roles/serviceusage.serviceUsageViewer': SERVICES,
  'roles/serviceusage.serviceUsageAdmin': permissionsLike('serviceusage.services.*'),
  'roles/iam.serviceAccountTokenCreator': [
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.implicitDelegation',
    'iam.serviceAccounts.list',
    'iam.serviceAccounts.signBlob',
    'iam.serviceAccounts.signJwt',
  ],
  'roles/iam.serviceAccountUser': [
    'iam.serviceAccounts.actAs',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    ...PROJECT,
  ],
  'roles/iam.workloadIdentityUser': [
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.list',
  ],
  'roles/iam.serviceAccountCreator': [
    'iam.serviceAccounts.create',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    ...PROJECT,
  ],
  'roles/iam.serviceAccountViewer': [
    'iam.serviceAccountKeys.get',
    'iam.serviceAccountKeys.list',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.getIamPolicy',
    'iam.serviceAccounts.list',
    ...PROJECT,
  ],
  'roles/iam.serviceAccountAdmin': [
    'iam.serviceAccounts.create',
    'iam.serviceAccounts.delete',
    'iam.serviceAccounts.disable',
    'iam.serviceAccounts.enable',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.getIamPolicy',
    'iam.serviceAccounts.list',
    'iam.serviceAccounts.setIamPolicy',
    'iam.serviceAccounts.update',
    ...PROJECT,
  ],
  'roles/iam.serviceAccountKeyAdmin': [
    ...permissionsLike('iam.serviceAccountKeys.*'),
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    ...PROJECT,
  ],
  'roles/iam.securityReviewer': [
    'iam.serviceAccounts.getIamPolicy',
    'iam.serviceAccounts.list',
    'iam.serviceAccountKeys.list',
    'resourcemanager.projects.getIamPolicy',
    'resourcemanager.projects.list',
  ],
  'roles/resourcemanager.projectIamAdmin': [
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'resourcemanager.projects.setIamPolicy',
  ],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

/** A role that Google defines. */
export type PredefinedRole = keyof typeof ROLES;
/** A role of a project's own, with just the permissions that it was given. */
export type CustomRole = `projects/${string}/roles/${string}`;
export type Role = PredefinedRole | CustomRole;

const CUSTOM = /^(projects|organizations)\/[^/\s]+\/roles\/[a-zA-Z0-9_.]{3,64}$/;

export function isPredefinedRole(text: string): text is PredefinedRole {
  return Object.hasOwn(ROLES, text);
}

export function isCustomRole(text: string): text is CustomRole {
  return CUSTOM.test(text);
}

export function isRole(text: string): text is Role {
  return isPredefinedRole(text) || (isCustomRole(text) && text.startsWith('projects/'));
}

/**
 * Whether a policy may name the role. Of the services that are emulated, only roles that exist; those of other services are
 * taken as they are, and give nothing here.
 */
export function isGrantable(text: string): boolean {
  if (isPredefinedRole(text) || isCustomRole(text)) return true;
  return /^roles\/[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)+$/.test(text) && !/^roles\/(alloydb|serviceusage)\./.test(text);
}

export function permissionsOf(role: PredefinedRole): readonly Permission[] {
  return ROLES[role];
}
