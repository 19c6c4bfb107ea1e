// The files of the status page: read from the package, or out of the standalone executable, which has no files.

import { readFile } from 'node:fs/promises';

export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

export async function loadAssets(): Promise<readonly Asset[]> {
  const [page, script, style, uplot, uplotStyle] = await (process.versions['bun'] === undefined ? read() : embedded());
  return [
    { path: '/', type: 'text/html', text: page },
    { path: '/status-page/page.js', type: 'text/javascript', text: script },
    { path: '/status-page/page.css', type: 'text/css', text: style },
    { path: '/status-page/uplot.js', type: 'text/javascript', text: uplot },
    { path: '/status-page/uplot.css', type: 'text/css', text: uplotStyle },
  ];
}

type Texts = readonly [page: string, script: string, style: string, uplot: string, uplotStyle: string];

function read(): Promise<Texts> {
  return Promise.all([
    readText(new URL('assets/page.html', import.meta.url)),
    readText(new URL('assets/page.js', import.meta.url)),
    readText(new URL('assets/page.css', import.meta.url)),
    readText(new URL(import.meta.resolve('uplot/dist/uPlot.iife.min.js'))),
    readText(new URL(import.meta.resolve('uplot/dist/uPlot.min.css'))),
  ]);
}

function readText(url: URL): Promise<string> {
  return readFile(url, 'utf8');
}

/** Bun's bundler puts the texts in their places; Node knows no such imports, and never comes here. */
async function embedded(): Promise<Texts> {
  const modules = await Promise.all([
    import('./assets/page.html', { with: { type: 'text' } }),
    import('./assets/page.js', { with: { type: 'text' } }),
    import('./assets/page.css', { with: { type: 'text' } }),
    import('uplot/dist/uPlot.iife.min.js', { with: { type: 'text' } }),
    import('uplot/dist/uPlot.min.css', { with: { type: 'text' } }),
  ]);
  const [page, script, style, uplot, uplotStyle] = modules;
  return [page.default, script.default, style.default, uplot.default, uplotStyle.default];
}
