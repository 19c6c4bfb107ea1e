// Whether a start with the same arguments, environment and config file would get as far as its first listener.

import type { Source } from '../config/sources.ts';
import { type Check, failWith, pass, warn } from './check.ts';
import type { Examined, Subject } from './subject.ts';

export function configurationCheck(examined: Examined): Check {
  return {
    id: 'configuration',
    title: 'configuration',
    needs: [],
    async run() {
      if (examined.is === 'subject') return describe(examined.subject);
      if (examined.by === 'configuration') return failWith(examined.error);
      return pass('it can be read');
    },
  };
}

function describe({ config, configuration }: Subject) {
  const { notices, merged } = configuration;
  const sources = Object.values(merged.settings).map(({ source }) => source);
  const origins = new Set([...sources, ...merged.instances.map(({ source }) => source)].flatMap(inWords));
  const evidence = [
    count(config.instances.length),
    origins.size === 0 ? 'nothing but defaults' : `from ${[...origins].join(', ')}`,
  ].join(', ');
  if (config.instances.length === 0) {
    return warn(
      `${evidence}; what is checked is what all instances have in common`,
      'name an instance: alloydb-auth-proxy doctor projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE',
    );
  }
  return notices.length === 0 ? pass(evidence) : warn(`${evidence}; ${notices.join('; ')}`);
}

function count(instances: number): string {
  if (instances === 0) return 'no instance';
  return instances === 1 ? '1 instance' : `${instances} instances`;
}

function inWords(source: Source): readonly string[] {
  switch (source.from) {
    case 'command-line':
      return ['the command line'];
    case 'environment':
      return ['the environment'];
    case 'file':
      return [source.path];
    case 'default':
      return [];
  }
}

/** Credentials that cannot be read are a failure of theirs, and all that there is to say of them. */
export function refusedCredentials(examined: Extract<Examined, { is: 'refused' }>): Check {
  return {
    id: 'credentials',
    title: 'credentials',
    needs: [],
    run: async () => failWith(examined.error),
  };
}
