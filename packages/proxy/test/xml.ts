// A small reader of XML that says no to whatever is not well-formed: enough for the files that we write.

import assert from 'node:assert/strict';

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Of an element without children. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const TOKEN = /<\?[^>]*\?>|<!DOCTYPE[^>]*>|<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;

/** @throws when it is not well-formed. */
export function parseXml(text: string): XmlElement {
  const document: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [document];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text) ?? assert.fail(`not well-formed: ${text.slice(at, at + 60)}`);
    const [, slash, name, attributes = '', isEmpty, content] = match;
    const inner = open.at(-1) ?? assert.fail('nothing is open');
    if (content !== undefined) {
      inner.text += decode(content);
    } else if (slash === '/') {
      assert.equal(name, inner.name, 'elements overlap');
      open.pop();
      open.at(-1)?.children.push(inner);
    } else if (name !== undefined) {
      const element = { name, attributes: readAttributes(attributes), children: [], text: '' };
      if (isEmpty === '/') inner.children.push(element);
      else open.push(element);
    }
  }
  assert.equal(open.length, 1, 'an element is not closed');
  const [root, ...others] = document.children;
  assert(root !== undefined && others.length === 0, 'there must be one root');
  return root;
}

function readAttributes(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from(text.matchAll(/([\w.-]+)="([^"]*)"/g), ([, name = '', value = '']) => [name, decode(value)]),
  );
}

function decode(text: string): string {
  assert.doesNotMatch(text, /&(?!(?:amp|lt|gt|quot);)/, 'an ampersand by itself');
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}
