// A service described as its user would: by the proxy's own command line.

import { FLAGS } from '../src/cli/flags.ts';
import { parseArgs } from '../src/cli/parse-args.ts';
import { describeSettings } from '../src/service/describe-service.ts';
import type { Service } from '../src/service/service.ts';

export type ServiceInTest = Partial<Service> & { readonly argv: readonly string[] };

export async function describeForTest({ argv, ...service }: ServiceInTest): Promise<Service> {
  const { config, configText } = await describeSettings({ args: parseArgs(FLAGS, argv), folder: '/' });
  return {
    name: 'test-proxy',
    scope: { of: 'system' },
    program: ['/usr/bin/true'],
    user: undefined,
    partOf: undefined,
    socketActivation: false,
    config,
    configText,
    ...service,
  };
}
