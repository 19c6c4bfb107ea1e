// The permissions that decide something in the emulator, and those that belong to the same roles.

const PERMISSIONS = [
  'alloydb.backups.get',
  'alloydb.backups.list',
  'alloydb.clusters.create',
  'alloydb.clusters.delete',
  'alloydb.clusters.generateClientCertificate',
  'alloydb.clusters.get',
  'alloydb.clusters.list',
  'alloydb.clusters.promote',
  'alloydb.clusters.switchover',
  'alloydb.clusters.update',
  'alloydb.instances.connect',
  'alloydb.instances.create',
  'alloydb.instances.delete',
  'alloydb.instances.executeSql',
  'alloydb.instances.failover',
  'alloydb.instances.get',
  'alloydb.instances.list',
  'alloydb.instances.restart',
  'alloydb.instances.update',
  'alloydb.locations.get',
  'alloydb.locations.list',
  'alloydb.operations.delete',
  'alloydb.operations.get',
  'alloydb.operations.list',
  'alloydb.users.create',
  'alloydb.users.delete',
  'alloydb.users.get',
  'alloydb.users.list',
  'alloydb.users.login',
  'alloydb.users.update',
  'iam.serviceAccountKeys.create',
  'iam.serviceAccountKeys.delete',
  'iam.serviceAccountKeys.disable',
  'iam.serviceAccountKeys.enable',
  'iam.serviceAccountKeys.get',
  'iam.serviceAccountKeys.list',
  'iam.serviceAccounts.actAs',
  'iam.serviceAccounts.create',
  'iam.serviceAccounts.delete',
  'iam.serviceAccounts.disable',
  'iam.serviceAccounts.enable',
  'iam.serviceAccounts.get',
  'iam.serviceAccounts.getAccessToken',
  'iam.serviceAccounts.getIamPolicy',
  'iam.serviceAccounts.getOpenIdToken',
  'iam.serviceAccounts.implicitDelegation',
  'iam.serviceAccounts.list',
  'iam.serviceAccounts.setIamPolicy',
  'iam.serviceAccounts.signBlob',
  'iam.serviceAccounts.signJwt',
  'iam.serviceAccounts.update',
  'resourcemanager.projects.get',
  'resourcemanager.projects.getIamPolicy',
  'resourcemanager.projects.list',
  'resourcemanager.projects.setIamPolicy',
  'serviceusage.services.disable',
  'serviceusage.services.enable',
  'serviceusage.services.get',
  'serviceusage.services.list',
  'serviceusage.services.use',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

const KNOWN: ReadonlySet<string> = new Set(PERMISSIONS);

export function isPermission(text: string): text is Permission {
  return KNOWN.has(text);
}

/** All that match one of the patterns, in which `*` stands for anything. */
export function permissionsLike(...patterns: readonly string[]): readonly Permission[] {
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`),
  );
  return PERMISSIONS.filter((permission) => expressions.some((expression) => expression.test(permission)));
}
