// `service`: makes the proxy a service that its manager starts, watches and restarts, or takes it away again.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { ProxyConfig } from '../../config/config.ts';
import { chooseManager, type Chosen, findInstalled, type Surroundings } from '../../service/choose-manager.ts';
import { describeSettings } from '../../service/describe-service.ts';
import type { ControlAction } from '../../service/manager.ts';
import { ownProgram } from '../../service/own-program.ts';
import type { InstallPlan } from '../../service/plan.ts';
import { refuseUnreachable } from '../../service/reachable-program.ts';
import type { Service } from '../../service/service.ts';
import { readServiceWords, type ServiceWords } from '../../service/service-words.ts';
import { install, installedUnits, type Target, uninstall } from '../../service/write-plan.ts';
import type { CommandContext } from '../command.ts';
import { SERVICE_FLAGS } from '../command-flags.ts';
import { FLAGS } from '../flags.ts';
import { printText } from '../messages.ts';
import { parseArgs } from '../parse-args.ts';
import { UsageError } from '../usage-error.ts';

export async function runService(context: CommandContext): Promise<number> {
  const words = readServiceWords(parseArgs(SERVICE_FLAGS, context.argv));
  const surroundings = { platform: process.platform, env: context.env, userId: process.getuid?.() };
  const { action } = words;
  if (action === 'install') return installService(words, context, surroundings);
  if (action === 'print') return printService(words, context, surroundings);
  const chosen = findInstalled(words, surroundings);
  return action === 'uninstall' ? uninstallService(words, context, chosen) : controlService(words, action, chosen);
}

interface Described extends Chosen {
  readonly plan: InstallPlan;
}

async function installService(words: ServiceWords, context: CommandContext, surroundings: Surroundings) {
  const { manager, id, plan } = await describe(words, context, surroundings);
  const target = targetOf(words, context);
  const isChanged = await install(plan, manager.unitPlace(id), target);
  if (!isChanged) target.say(`${id.name} is installed like this already`);
  return 0;
}

async function printService(words: ServiceWords, context: CommandContext, surroundings: Surroundings) {
  const { plan } = await describe(words, context, surroundings);
  const files = plan.files.map(({ path, mode, text }) => `# ${path} (mode 0${mode.toString(8)})\n${text}`);
  printText(files.join('\n'), context.sinks.out);
  return 0;
}

/** What it would be, with everything checked that can keep it from starting. */
async function describe(
  words: ServiceWords,
  { env, sinks }: CommandContext,
  surroundings: Surroundings,
): Promise<Described> {
  const folder = process.cwd();
  const chosen = chooseManager(words, surroundings);
  const { notices, ...settings } = await describeSettings({ args: parseArgs(FLAGS, words.proxyArgv), folder });
  const program = words.program === undefined ? ownProgram(process) : [resolve(folder, words.program)];
  const { user, partOf, socketActivation } = words;
  const service: Service = { ...chosen.id, ...settings, program, user, partOf, socketActivation };
  refuseLineBreaks(service);
  if (words.root === undefined && chosen.id.scope.of === 'system' && surroundings.platform !== 'win32') {
    refuseUnreachable(program, { asRoot: user === undefined && !chosen.manager.hasUnprivilegedUser });
  }
  const plan = chosen.manager.install(service);
  const offers = [...plan.notices, ...unseenVariables(env), ...offerUpdateCheck(settings.config)];
  for (const notice of [...notices, ...offers]) sinks.err.write(`${notice}\n`);
  return { ...chosen, plan };
}

async function uninstallService(words: ServiceWords, context: CommandContext, { manager, id }: Chosen) {
  const target = targetOf(words, context);
  const place = manager.unitPlace(id);
  await uninstall(manager.uninstall(id, installedUnits(place, target)), place, target);
  return 0;
}

/** The exit code is the manager's own: that of a status says whether it runs. */
async function controlService(words: ServiceWords, action: ControlAction, { manager, id }: Chosen): Promise<number> {
  if (words.root !== undefined) {
    throw new UsageError(`nothing runs in a system image that service ${action} could reach`, {
      hint: 'leave out --root',
    });
  }
  const commands = manager.control(action, id, installedUnits(manager.unitPlace(id), words));
  for (const { argv } of commands) {
    const code = await run(argv);
    if (code !== 0) return code;
  }
  return 0;
}

function targetOf({ root, isDryRun }: ServiceWords, { sinks }: CommandContext): Target {
  const say = (line: string): void => printText(line, sinks.out);
  return { root: root === undefined ? undefined : resolve(root), isDryRun, say, run };
}

/** The terminal is the program's meanwhile: systemctl may ask for a password. */
function run([program = '', ...args]: readonly string[]): Promise<number> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<number>();
  const child = spawn(program, args, { stdio: 'inherit' });
  child.once('error', (cause) => {
    reject(new UsageError(`cannot run ${program}: ${cause.message}`, { hint: 'is this the right --manager?', cause }));
  });
  child.once('exit', (code) => settle(code ?? 1));
  return promise;
}

/** No manager's file can hold one. */
function refuseLineBreaks({ program, config }: Service): void {
  const { source } = config.credentials;
  const paths = [...program, ...(source.kind === 'file' || source.kind === 'token-file' ? [source.path] : [])];
  const found = paths.find((path) => /\p{Cc}/u.test(path));
  if (found === undefined) return;
  throw new UsageError(`the path ${JSON.stringify(found)} cannot be written into the file of a service`, {
    hint: 'rename it without line breaks',
  });
}

/** Nothing asks anybody for newer versions unless it was told to; a service that runs for years had better be. */
function offerUpdateCheck({ updateCheck }: ProxyConfig): readonly string[] {
  return updateCheck === undefined
    ? ["it will not look for newer versions; with --update-check=daily behind '--' it logs them once a day"]
    : [];
}

function unseenVariables(env: NodeJS.ProcessEnv): readonly string[] {
  const names = Object.keys(env).filter((name) => name.startsWith('ALLOYDB_PROXY_'));
  return names.map((name) => `the service does not see ${name}: give its setting as a flag`);
}
