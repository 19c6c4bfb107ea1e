// The status page in the browser: shows what the server sends each second, and ends sessions for whoever has the secret.
'use strict';

const byId = (id) => document.getElementById(id);
const windowSeconds = 15 * 60;

// The secret comes behind the #, which no server is sent, and goes out of the address at once.
if (location.hash.length > 1) {
  sessionStorage.setItem('secret', location.hash.slice(1));
  history.replaceState(null, '', location.pathname);
}
const secret = sessionStorage.getItem('secret');
byId('locked').hidden = secret !== null;

const units = ['B', 'kB', 'MB', 'GB', 'TB'];
function size(bytes) {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? Math.round(bytes) : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds / 3600) % 24} h`;
}

function element(name, parent, className = '') {
  const made = document.createElement(name);
  made.className = className;
  parent.append(made);
  return made;
}

/** Writes only what has changed, so that a selection or a screen reader is not disturbed each second. */
function say(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

/** Keeps one element for each item, so that the keyboard's focus stays where it is. */
function keyed(parent, make) {
  const kept = new Map();
  return (items, keyOf, update) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, view] of kept) {
      if (keys.has(key)) continue;
      view.root.remove();
      kept.delete(key);
    }
    for (const item of items) {
      const key = keyOf(item);
      if (!kept.has(key)) kept.set(key, make(parent, item));
      update(kept.get(key), item);
    }
  };
}

const showInstances = keyed(byId('instances'), (parent) => {
  const root = element('article', parent);
  const view = { root, name: element('h3', root), place: element('p', root), life: element('p', root) };
  view.meter = element('meter', root);
  view.sessions = element('p', root);
  view.last = element('p', root, 'faint');
  return view;
});

function outcome(what, found, now) {
  if (found === undefined) return `no ${what} yet`;
  return `last ${what} ${found.succeeded ? 'succeeded' : 'failed'} ${age(now - found.at)} ago in ${found.durationMs} ms`;
}

function updateInstance(view, instance, now) {
  const { listening, certificate, sessions } = instance;
  say(view.name, instance.instance);
  const place = listening?.kind === 'unix' ? listening.folder : `${listening?.host}:${listening?.port}`;
  say(view.place, listening === undefined ? 'not listening' : `listening on ${place}`);
  const left = certificate === undefined ? 0 : certificate.expiresAt - now;
  say(
    view.life,
    certificate === undefined ? 'no certificate' : left > 0 ? `certificate: ${age(left)} left` : 'certificate expired',
  );
  view.life.className = left > 0 ? '' : 'bad';
  view.meter.value = certificate === undefined ? 0 : Math.max(0, left / (certificate.expiresAt - certificate.since));
  view.meter.setAttribute('aria-label', `certificate life of ${instance.instance}`);
  const traffic = `${size(instance.bytesFromClients)} from clients, ${size(instance.bytesToClients)} to them`;
  say(
    view.sessions,
    `${sessions.connected} connected, ${sessions.dialling} dialling, ${sessions.waiting} waiting; ${traffic}`,
  );
  say(view.last, `${outcome('refresh', instance.lastRefresh, now)}; ${outcome('dial', instance.lastDial, now)}`);
}

const showErrors = keyed(byId('errors'), (parent) => {
  const root = element('li', parent);
  return { root, text: element('div', root, 'bad'), hint: element('div', root) };
});

const labels = ['Number', 'Instance', 'Client', 'State', 'Age', 'From client', 'To client'];
const showSessions = keyed(byId('sessions'), (parent, { id }) => {
  const root = element('tr', parent);
  const cells = labels.map((label) => {
    const cell = element('td', root);
    cell.dataset.label = label;
    return cell;
  });
  const last = element('td', root);
  if (secret !== null) {
    const button = element('button', last);
    button.type = 'button';
    button.textContent = 'End';
    button.setAttribute('aria-label', `End session ${id}`);
    button.addEventListener('click', () => void end(id));
  }
  return { root, cells, before: undefined };
});

function updateSession(view, session, now) {
  const { id, instance, client, state, since, bytesFromClient, bytesToClient } = session;
  const { before } = view;
  const seconds = before === undefined ? 0 : (now - before.now) / 1000;
  const rate = (bytes, former) => (seconds > 0 ? ` (${size(Math.max(0, bytes - former) / seconds)}/s)` : '');
  const from = `${size(bytesFromClient)}${rate(bytesFromClient, before?.bytesFromClient)}`;
  const to = `${size(bytesToClient)}${rate(bytesToClient, before?.bytesToClient)}`;
  const texts = [String(id), instance, client ?? 'unix socket', state, age(now - since), from, to];
  for (const [index, text] of texts.entries()) say(view.cells[index], text);
  view.before = { now, bytesFromClient, bytesToClient };
}

async function end(id) {
  if (!confirm(`End session ${id}?`)) return;
  const headers = { authorization: `Bearer ${secret}` };
  try {
    const { ok, status } = await fetch(`/sessions/${id}/end`, { method: 'POST', headers });
    const why =
      status === 401
        ? 'the proxy has started anew: open its page again'
        : status === 404
          ? 'it is over already'
          : `HTTP ${status}`;
    say(byId('said'), ok ? `Session ${id} was ended.` : `Session ${id} was not ended: ${why}.`);
  } catch {
    say(byId('said'), `Session ${id} was not ended: the proxy does not answer.`);
  }
}

let samples = [];
let charts = [];

function column(name) {
  return samples.map((sample) => sample[name] ?? null);
}

function drawAnew() {
  for (const { plot } of charts) plot.destroy();
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--faint'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line') },
  };
  const line = (label, name, more = {}) => ({ label, stroke: colour(name), width: 2, spanGaps: false, ...more });
  const chart = (id, least, series, columns, figure) => {
    const where = byId(id);
    const options = {
      width: where.clientWidth,
      height: 200,
      cursor: { drag: { setScale: false } },
      scales: { y: { range: (_, low, high) => [0, Math.max(least, high ?? 0) * 1.1] } },
      axes: [axis, { ...axis, size: 78, values: (_, ticks) => ticks.map(figure) }],
      series: [{}, ...series],
    };
    return { columns, plot: new uPlot(options, columns(), where) };
  };
  charts = [
    chart(
      'traffic',
      1000,
      [line('from clients', '--one'), line('to clients', '--two')],
      () => [column('at').map((at) => at / 1000), column('fromClientsPerSecond'), column('toClientsPerSecond')],
      size,
    ),
    chart(
      'dials',
      1,
      [line('mean', '--one', { points: { show: true, size: 6 } })],
      () => [column('at').map((at) => at / 1000), column('dialMs')],
      (ms) => `${ms} ms`,
    ),
  ];
  frame();
}

function frame() {
  byId('traffic').dataset.samples = String(samples.length);
  const now = Date.now() / 1000;
  for (const { plot, columns } of charts) {
    plot.setData(columns(), false);
    plot.setScale('x', { min: now - windowSeconds, max: now });
  }
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAnew);
addEventListener('resize', drawAnew);

function show({ report, newSamples }) {
  const { now, instances, sessions, omittedSessions, newerVersion } = report;
  say(byId('version'), report.version);
  say(byId('state'), report.state);
  byId('state').className = report.state === 'serving' ? 'good' : 'bad';
  say(byId('uptime'), `for ${age(now - report.startedAt)}, process ${report.pid}`);
  say(byId('news'), newerVersion === undefined ? '' : `Version ${newerVersion} is out.`);
  showInstances(
    instances,
    ({ instance }) => instance,
    (view, item) => updateInstance(view, item, now),
  );
  const errors = instances.flatMap(({ instance, lastErrors }) => lastErrors.map((each) => ({ instance, ...each })));
  errors.sort((one, other) => other.at - one.at);
  byId('errors-section').hidden = errors.length === 0;
  // By place: which one is where changes with each that comes.
  showErrors(
    [...errors.entries()],
    ([place]) => place,
    (view, [, { instance, at, message, hint, count }]) => {
      const times = count === 1 ? '' : ` (${count} times)`;
      say(view.text, `${instance}, ${new Date(at).toLocaleTimeString()}${times}: ${message}`);
      say(view.hint, hint === undefined ? '' : `hint: ${hint}`);
    },
  );
  say(byId('count'), String(sessions.length + omittedSessions));
  showSessions(
    sessions,
    ({ id }) => id,
    (view, item) => updateSession(view, item, now),
  );
  samples = [...samples, ...newSamples].filter(({ at }) => at > now - windowSeconds * 1000);
  if (charts.length === 0) drawAnew();
  else frame();
}

const events = new EventSource('/status-page/events');
events.addEventListener('open', () => {
  samples = [];
});
events.addEventListener('message', ({ data }) => show(JSON.parse(data)));
events.addEventListener('error', () => {
  say(byId('state'), 'the proxy does not answer');
  byId('state').className = 'bad';
});
