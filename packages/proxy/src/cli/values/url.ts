// Base URLs of services: http or https, without a trailing slash.

/** The URL as it was written, less the slashes at its end; undefined when it cannot be a base URL. */
export function parseBaseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text)) return undefined;
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') return undefined;
  return text.replace(/\/+$/, '');
}
