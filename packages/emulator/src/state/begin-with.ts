// Makes what a described state says of a new emulator.

import type { Emulator } from '../emulator.ts';
import type { Fleet } from '../fleet.ts';
import { resolveInstance } from '../options.ts';
import type { DescribedState } from './described-state.ts';

/** @throws EmulatorError `ADDRESS_UNAVAILABLE` */
export async function addClusters(fleet: Fleet, { clusters }: DescribedState): Promise<void> {
  // What is followed has to be there before what follows it.
  const primaryFirst = clusters.toSorted(
    (a, b) => Number(a.secondaryOf !== undefined) - Number(b.secondaryOf !== undefined),
  );
  for (const { name, secondaryOf, instances } of primaryFirst) {
    const standing = secondaryOf === undefined ? {} : { standing: { is: 'SECONDARY', of: secondaryOf } as const };
    await fleet.createCluster({ name, ...standing })();
    for (const { state, ...instance } of instances) {
      await fleet.createInstance(resolveInstance(instance))();
      if (state !== 'READY') await fleet.setState(instance.uri, state)();
    }
  }
}

/** Users, accounts, roles and keys. @throws EmulatorError `DATABASE_REFUSED`, `INVALID_OPTION` or `KEY_FILE` */
export async function addPrincipals(emulator: Emulator, state: DescribedState): Promise<void> {
  for (const { name, permissions } of state.roles) emulator.defineRole(name, permissions);
  for (const { email, disabled } of state.serviceAccounts) emulator.addServiceAccount(email, { disabled });
  for (const { name, password, iam } of state.users) {
    // The file says itself what is granted to whom.
    if (iam) await emulator.createIamUser(name, { grantRoles: state.grants.length === 0 });
    else await emulator.createDatabaseUser({ name, ...(password === undefined ? {} : { password }) });
  }
  for (const { principal, grant } of state.grants) emulator.grantRole(principal, grant);
  for (const { project, name, state: wanted } of state.services) {
    emulator.setServiceState({ project, service: name, state: wanted });
  }
  for (const { serviceAccount, file } of state.keys) await emulator.writeServiceAccountKey(file, serviceAccount);
}
