// The projects that there are, and which of Google's APIs are switched on in each.

export interface Project {
  readonly id: string;
  /** Google names projects by number in many answers. */
  readonly number: string;
}

export type ServiceState = 'ENABLED' | 'DISABLED';

/** By name; the value is what people call it. */
const SERVICES = {
  'alloydb.googleapis.com': 'AlloyDB API',
  'cloudresourcemanager.googleapis.com': 'Cloud Resource Manager API',
  'compute.googleapis.com': 'Compute Engine API',
  'iam.googleapis.com': 'Identity and Access Management (IAM) API',
  'iamcredentials.googleapis.com': 'IAM Service Account Credentials API',
  'servicenetworking.googleapis.com': 'Service Networking API',
  'serviceusage.googleapis.com': 'Service Usage API',
  'sts.googleapis.com': 'Security Token Service API',
} as const;

export type ServiceName = keyof typeof SERVICES;

export function isServiceName(text: string): text is ServiceName {
  return Object.hasOwn(SERVICES, text);
}

export function titleOf(service: ServiceName): string {
  return SERVICES[service];
}

const FIRST_NUMBER = 100_000_000_002;

export class Projects {
  readonly #projects: Project[] = [];
  /** Written as project and service; all others are on. */
  readonly #disabled = new Set<string>();
  readonly #keyCreationDisabled = new Set<string>();

  /** The project, which is made when nobody has heard of it yet. */
  mention(id: string): Project {
    const known = this.find(id);
    if (known !== undefined) return known;
    const project = { id, number: String(FIRST_NUMBER + this.#projects.length) };
    this.#projects.push(project);
    return project;
  }

  /** That of the first instance. */
  get first(): Project {
    return this.#projects[0] ?? this.mention('local');
  }

  /** What is to be known again after a restart. */
  snapshot() {
    const ids = this.#projects.map(({ id }) => id);
    return { ids, disabled: [...this.#disabled], keyCreationDisabled: [...this.#keyCreationDisabled] };
  }

  restore(saved: ReturnType<Projects['snapshot']>): void {
    for (const id of saved.ids) this.mention(id);
    for (const key of saved.disabled) this.#disabled.add(key);
    for (const id of saved.keyCreationDisabled) this.#keyCreationDisabled.add(id);
  }

  /** By ID or number. */
  find(name: string): Project | undefined {
    return this.#projects.find(({ id, number }) => id === name || number === name);
  }

  stateOf(project: Project, service: ServiceName): ServiceState {
    return this.#disabled.has(`${project.id} ${service}`) ? 'DISABLED' : 'ENABLED';
  }

  setState(project: Project, service: ServiceName, state: ServiceState): void {
    const key = `${project.id} ${service}`;
    if (state === 'DISABLED') this.#disabled.add(key);
    else this.#disabled.delete(key);
  }

  /** The organisation policy iam.disableServiceAccountKeyCreation. */
  keyCreationDisabled(project: Project): boolean {
    return this.#keyCreationDisabled.has(project.id);
  }

  disableKeyCreation(project: Project, disabled: boolean): void {
    if (disabled) this.#keyCreationDisabled.add(project.id);
    else this.#keyCreationDisabled.delete(project.id);
  }
}
