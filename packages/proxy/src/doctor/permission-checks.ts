// Permissions in the project of an instance: those that are missing, and those that are more than is needed.

import { type Grant, grantCommand, hintFor, memberOf, shellWord } from 'alloydb-connector/google-apis';
import { isOfToken } from './api-checks.ts';
import { type Check, fail, messageOf, pass, warn } from './check.ts';
import type { ExaminedInstance, Subject } from './subject.ts';

/** The least role that holds each. */
const rolesFor: Readonly<Record<string, string>> = {
  'alloydb.clusters.generateClientCertificate': 'roles/alloydb.client',
  'alloydb.instances.connect': 'roles/alloydb.client',
  'serviceusage.services.use': 'roles/serviceusage.serviceUsageConsumer',
  'alloydb.users.login': 'roles/alloydb.databaseUser',
};
const toConnect = ['alloydb.clusters.generateClientCertificate', 'alloydb.instances.connect'];

/** What a proxy has no use for; the first that is there names the role. */
const tooMuch: readonly { readonly permission: string; readonly role: string; readonly may: string }[] = [
  {
    permission: 'resourcemanager.projects.setIamPolicy',
    role: 'roles/owner',
    may: 'give itself and others any right in the project',
  },
  {
    permission: 'iam.serviceAccountKeys.create',
    role: 'roles/editor',
    may: 'make keys of every service account in the project',
  },
  { permission: 'alloydb.clusters.delete', role: 'roles/alloydb.admin', may: 'delete clusters' },
];

type Tested =
  | { readonly is: 'told'; readonly granted: ReadonlySet<string> }
  /** There is no telling: nothing follows for the connection itself. */
  | { readonly is: 'unknown'; readonly why: string }
  | {
      readonly is: 'refused';
      readonly evidence: string;
      readonly fix: string | undefined;
      readonly isOfToken: boolean;
    };

export interface Project {
  readonly id: string;
  readonly instances: readonly ExaminedInstance[];
}

/** The projects of the instances, each once. */
export function projectsOf({ instances }: Subject): readonly Project[] {
  const ids = [...new Set(instances.map(({ uri }) => uri.project))];
  return ids.map((id) => ({ id, instances: instances.filter(({ uri }) => uri.project === id) }));
}

/** What is wrong with the token shows at the first API that is asked, and is told there. */
export function permissionsCheck(
  subject: Subject,
  project: Project,
  { token, enabled }: { readonly token: Check; readonly enabled: Check },
): Check<Tested> {
  const { apis } = subject.probe;
  return {
    id: 'permissions',
    title: `permissions in ${project.id}`,
    needs: [token],
    async run({ signal }) {
      // A call is charged to the quota project where there is one, and that is what has to be allowed then.
      const charged = apis.quotaProject() ?? project.id;
      // With a login token of its own somebody else logs in.
      const logsIn = subject.config.credentials.loginToken === undefined;
      const login = logsIn && project.instances.some(({ autoIamAuthn }) => autoIamAuthn) ? ['alloydb.users.login'] : [];
      const wanted = [
        ...[...toConnect, ...login].map((permission) => ({ permission, in: project.id })),
        { permission: 'serviceusage.services.use', in: charged },
      ];
      const missing: typeof wanted = [];
      let tested: Tested = { is: 'told', granted: new Set() };
      for (const id of new Set(wanted.map((each) => each.in))) {
        const here = wanted.filter((each) => each.in === id);
        tested = await test(subject, { project, id, permissions: here.map(({ permission }) => permission) }, signal);
        if (tested.is === 'refused') return fail(tested.evidence, tested.fix, tested.isOfToken ? [enabled] : []);
        if (tested.is === 'unknown') {
          const evidence = `Resource Manager does not tell: ${tested.why}; what is missing shows below`;
          return { status: 'warn', evidence, value: tested };
        }
        const { granted } = tested;
        missing.push(...here.filter(({ permission }) => !granted.has(permission)));
      }
      const principal = apis.principal();
      const who = principal ?? 'the principal';
      if (missing.length === 0) return pass(`${who} has ${wanted.map((each) => each.permission).join(', ')}`, tested);
      const evidence = `${who} lacks ${missing.map((each) => `${each.permission} in project ${each.in}`).join(', ')}`;
      const member = memberOf(principal);
      const grants = missing.map((each): Grant => {
        return { project: each.in, member, role: rolesFor[each.permission] ?? 'roles/alloydb.client' };
      });
      const commands = [...new Set(grants.map(grantCommand))].join('; ');
      // Of a project that is not there, nothing else is said than that nothing is granted.
      const isAll = missing.length === wanted.length;
      return fail(evidence, isAll ? `if ${project.id} is the right project: ${commands}` : commands);
    },
  };
}

export function roleBreadthCheck(subject: Subject, project: Project, permissions: Check<Tested>): Check {
  const { apis } = subject.probe;
  return {
    id: 'role-breadth',
    title: `breadth of roles in ${project.id}`,
    needs: [permissions],
    async run({ signal, from }) {
      const before = from(permissions);
      if (before.is !== 'told') return warn('Resource Manager does not tell');
      const wanted = tooMuch.map(({ permission }) => permission);
      const tested = await test(subject, { project, id: project.id, permissions: wanted }, signal);
      if (tested.is !== 'told') return warn('Resource Manager does not tell');
      const found = tooMuch.find(({ permission }) => tested.granted.has(permission));
      if (found === undefined) return pass('no more than a proxy needs');
      const principal = apis.principal();
      const member = shellWord(memberOf(principal));
      return warn(
        `${principal ?? 'the principal'} may ${found.may}: whoever has its credentials may, too`,
        `with ${found.role} or one like it taken back, roles/alloydb.client is enough: gcloud projects remove-iam-policy-binding ${shellWord(project.id)} --member=${member} --role=${found.role}`,
      );
    },
  };
}

async function test(
  { probe: { apis } }: Subject,
  {
    project,
    id,
    permissions,
  }: { readonly project: Project; readonly id: string; readonly permissions: readonly string[] },
  signal: AbortSignal,
): Promise<Tested> {
  const path = `v3/projects/${id}:testIamPermissions`;
  const call = {
    service: 'cloudresourcemanager',
    method: 'POST',
    path,
    body: { permissions },
    timeoutMs: 5_000,
  } as const;
  const answer = await apis.call({ ...call, signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    return messageOf(error);
  });
  if (typeof answer === 'string') return { is: 'unknown', why: answer };
  if (answer.is === 'ok') {
    const { permissions: granted } = answer.value;
    return { is: 'told', granted: new Set(Array.isArray(granted) ? granted.map(String) : []) };
  }
  const { error } = answer;
  const principal = apis.principal();
  const instance = project.instances[0]?.uri;
  const hint = instance === undefined ? undefined : hintFor(error, { instance, principal });
  if (isOfToken(error))
    return { is: 'refused', evidence: messageOf(new Error(error.message)), fix: hint, isOfToken: true };
  if (error.reason === 'USER_PROJECT_DENIED') {
    const evidence = `the calls are charged to a project that may not be used: ${error.message}`;
    return { is: 'refused', evidence, fix: hint, isOfToken: false };
  }
  // It is not told apart: who may not see a project is not told whether there is one.
  if ((error.status === 'PERMISSION_DENIED' && error.reason !== 'SERVICE_DISABLED') || error.status === 'NOT_FOUND') {
    const evidence = `there is no project ${id}, or ${principal ?? 'the principal'} may do nothing in it: ${error.message}`;
    const fix = 'check the project of the instance URI against: gcloud projects list';
    return { is: 'refused', evidence, fix, isOfToken: false };
  }
  return { is: 'unknown', why: error.message };
}
