// What the doctor looks at: the configuration of a start with the same arguments, and a probe made from it.

import { ConnectorError, type InstanceUri } from 'alloydb-connector';
import { Probe } from 'alloydb-connector/probe';
import type { InstanceConfig, ProxyConfig } from '../config/config.ts';
import type { Configuration } from '../config/configuration.ts';
import { connectorOptions } from '../proxy/connector-options.ts';
import { userAgent } from '../proxy/user-agent.ts';
import { locateInstances } from './locate-instances.ts';

export interface Login {
  /** Undefined when nobody is to be logged in. */
  readonly user: string | undefined;
  readonly database: string;
  readonly password: string | undefined;
}

/** An instance, also one that a DNS name has led to. */
export interface ExaminedInstance extends InstanceConfig {
  readonly uri: InstanceUri;
}

/** A DNS name, and what came of looking it up. */
export interface ExaminedDomain {
  readonly domain: string;
  readonly found: InstanceUri | Error;
}

export interface Subject {
  readonly env: NodeJS.ProcessEnv;
  readonly configuration: Configuration;
  readonly config: ProxyConfig;
  readonly instances: readonly ExaminedInstance[];
  readonly domains: readonly ExaminedDomain[];
  readonly probe: Probe;
  readonly login: Login;
  /** What the checks leave open: closed when all are done. */
  readonly undo: DisposableStack;
}

/** A subject, or why there is none. */
export type Examined =
  | { readonly is: 'subject'; readonly subject: Subject }
  | { readonly is: 'refused'; readonly by: 'configuration' | 'credentials'; readonly error: Error };

export interface ExamineOptions extends Pick<Subject, 'env' | 'login' | 'undo'> {
  readonly readConfiguration: () => Promise<Configuration>;
}

export async function examine({ readConfiguration, ...rest }: ExamineOptions): Promise<Examined> {
  let configuration: Configuration;
  try {
    configuration = await readConfiguration();
  } catch (error) {
    return refused('configuration', error);
  }
  const { config } = configuration;
  try {
    const probe = rest.undo.use(
      new Probe({ ...connectorOptions(config, { userAgent: userAgent(config, rest.env) }), env: rest.env }),
    );
    const located = await locateInstances(config);
    return { is: 'subject', subject: { ...rest, ...located, configuration, config, probe } };
  } catch (error) {
    const isCredential = error instanceof ConnectorError && error.code.startsWith('CREDENTIALS_');
    return refused(isCredential ? 'credentials' : 'configuration', error);
  }
}

function refused(by: 'configuration' | 'credentials', error: unknown): Examined {
  if (error instanceof Error) return { is: 'refused', by, error };
  throw error;
}
