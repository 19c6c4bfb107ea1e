// What is wrong with a YAML document, in words of our own: the parser's quote the document, which may hold a secret.

import type { ErrorCode } from 'yaml';

const REASONS: { readonly [Code in ErrorCode]?: string } = {
  ALIAS_PROPS: 'an alias (*NAME) has an anchor or a tag of its own',
  BAD_ALIAS: 'the name of an anchor or alias is not valid',
  BAD_COLLECTION_TYPE: 'a tag does not fit its value',
  BAD_DIRECTIVE: 'a directive (%…) is not valid',
  BAD_DQ_ESCAPE: 'text in double quotes has an escape (\\…) that does not exist',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_PROP_ORDER: 'an anchor or tag stands at the wrong place',
  BAD_SCALAR_START: 'a value begins with a character that needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a line has two keys, or a value that needs quotes',
  BLOCK_IN_FLOW: 'indented keys stand inside brackets',
  KEY_OVER_1024_CHARS: 'a key is too long',
  MISSING_CHAR: 'a quote, bracket, colon, comma or space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines, or a ":" is missing behind it',
  MULTIPLE_ANCHORS: 'a value has two anchors',
  MULTIPLE_DOCS: 'there is more than one document ("---")',
  MULTIPLE_TAGS: 'a value has two tags',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'a tab is used for indentation',
  TAG_RESOLVE_FAILED: 'a tag (!…) has no meaning here',
  UNEXPECTED_TOKEN: 'something stands where it cannot',
};

export function describeYamlProblem(code: ErrorCode): string {
  return REASONS[code] ?? 'it is malformed';
}
