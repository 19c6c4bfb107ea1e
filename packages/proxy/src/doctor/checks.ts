// Every check of the doctor, in the order of the report, tied together by what each one needs.

import { apiCheck, apiEnabledCheck, clockCheck } from './api-checks.ts';
import type { Check } from './check.ts';
import { configurationCheck, refusedCredentials } from './configuration-check.ts';
import { certificateCheck, exchangeCheck, tcpCheck, tlsCheck } from './connect-checks.ts';
import { credentialsCheck, tokenCheck } from './credential-checks.ts';
import { addressCheck, instanceCheck } from './instance-checks.ts';
import { domainCheck } from './domain-check.ts';
import { descriptorsCheck, httpPortsCheck, listenerCheck } from './local-checks.ts';
import { permissionsCheck, projectsOf, roleBreadthCheck } from './permission-checks.ts';
import { iamUserCheck, postgresCheck } from './postgres-checks.ts';
import type { Examined, ExaminedInstance, Subject } from './subject.ts';
import { serviceCheck, versionCheck } from './upkeep-checks.ts';

export function checksFor(examined: Examined, env: NodeJS.ProcessEnv): readonly Check[] {
  const configuration = configurationCheck(examined);
  if (examined.is === 'refused') {
    const credentials = examined.by === 'credentials' ? [refusedCredentials(examined)] : [];
    return [configuration, ...credentials, versionCheck({ env, feed: undefined }), serviceCheck({ env })];
  }
  const { subject } = examined;
  const api = apiCheck(subject);
  const clock = clockCheck(subject, api);
  const credentials = credentialsCheck(subject);
  const token = tokenCheck(subject, { credentials, clock, api });
  const enabled = apiEnabledCheck(subject, { api, token });
  const common: Common = { clock, token, enabled, permissions: new Map() };
  const projects = projectsOf(subject).flatMap((project) => {
    const permissions = permissionsCheck(subject, project, { token, enabled });
    common.permissions.set(project.id, permissions);
    return [permissions, roleBreadthCheck(subject, project, permissions)];
  });
  const feed = subject.configuration.merged.settings['update-feed'].value;
  return [
    configuration,
    credentials,
    clock,
    api,
    token,
    enabled,
    ...projects,
    ...subject.domains.map(domainCheck),
    ...subject.instances.flatMap((instance) => instanceChecks(subject, instance, common)),
    httpPortsCheck(subject),
    descriptorsCheck(subject),
    versionCheck({ env, feed }),
    serviceCheck({ env }),
  ];
}

interface Common {
  readonly clock: Check;
  readonly token: Check;
  readonly enabled: Check;
  /** By project. */
  readonly permissions: Map<string, Check>;
}

function instanceChecks(subject: Subject, config: ExaminedInstance, common: Common): readonly Check[] {
  const { clock, token, enabled } = common;
  // With connection info from a file nobody is asked before the exchange.
  const asked = subject.probe.hasStaticInfo ? [] : [enabled];
  const granted = [...common.permissions].flatMap(([id, check]) => (id === config.uri.project ? [check] : []));
  const suspects = [...granted, clock];
  const instance = instanceCheck(subject, config, { needs: asked, suspects: granted });
  const address = addressCheck(subject, config, instance);
  const tcp = tcpCheck(subject, config, address);
  const certificate = certificateCheck(subject, config, { needs: [instance], suspects });
  const tls = tlsCheck(subject, config, { tcp, certificate, clock });
  const exchange = exchangeCheck(subject, config, { tls, token, suspects });
  const iamUser = iamUserCheck(subject, config, token);
  const postgres = postgresCheck(subject, config, { exchange, suspects: [iamUser, ...granted] });
  return [instance, address, tcp, certificate, tls, exchange, postgres, iamUser, listenerCheck(subject, config)];
}
