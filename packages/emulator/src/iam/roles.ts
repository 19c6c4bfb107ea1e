// The IAM roles that the emulator knows, with the permissions that decide something here.

const ROLES = {
  'roles/alloydb.client': [
    'alloydb.clusters.generateClientCertificate',
    'alloydb.clusters.get',
    'alloydb.instances.connect',
    'alloydb.instances.get',
  ],
  'roles/alloydb.viewer': [
    'alloydb.clusters.get',
    'alloydb.clusters.list',
    'alloydb.instances.get',
    'alloydb.instances.list',
  ],
  'roles/alloydb.databaseUser': ['alloydb.users.login'],
  'roles/alloydb.admin': [
    'alloydb.clusters.generateClientCertificate',
    'alloydb.clusters.get',
    'alloydb.clusters.list',
    'alloydb.instances.connect',
    'alloydb.instances.get',
    'alloydb.instances.list',
    'alloydb.users.login',
  ],
  'roles/serviceusage.serviceUsageConsumer': ['serviceusage.services.use'],
  'roles/iam.serviceAccountTokenCreator': [
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.implicitDelegation',
  ],
} as const;

export type Role = keyof typeof ROLES;
export type Permission = (typeof ROLES)[Role][number];

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLES, text);
}

export function roleGrants(role: Role, permission: Permission): boolean {
  const permissions: readonly Permission[] = ROLES[role];
  return permissions.includes(permission);
}
