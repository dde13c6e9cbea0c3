/**
 * Which proxy the variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (in either letter case) mean for a URL. Grafana
 * hands these on to every plugin, and its Go plugins heed them; the AWS SDK for JavaScript does not.
 */

import ipaddr from 'ipaddr.js';

/** The proxy's URL, or `undefined` to go straight: also for loopback hosts, as Go does. */
export function proxyFromEnvironment(
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const valueOf = (name: string) => environment[name]?.trim() || environment[name.toLowerCase()]?.trim() || undefined;
  const proxy = valueOf(protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (proxy === undefined || isLoopback(host) || isExcepted(host, port || defaultPort(protocol), valueOf('NO_PROXY'))) {
    return undefined;
  }
  // Without a scheme it is a host, as curl and Go read it.
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function isExcepted(host: string, port: string, exceptions = ''): boolean {
  return exceptions
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => isMatch(entry.toLowerCase(), host, port));
}

/** `*`, an address, a block of addresses, a host (with all hosts below it), `.host` (only those); each but `*` with a port or not. */
function isMatch(entry: string, host: string, port: string): boolean {
  if (entry === '*') {
    return true;
  }
  if (ipaddr.isValidCIDR(entry)) {
    const address = addressOf(host);
    const [network, bits] = ipaddr.parseCIDR(entry);
    return address !== undefined && address.kind() === network.kind() && address.match([network, bits]);
  }
  const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry.replace(/^\[(.*)\]/, '$1')) ?? [];
  if (ipaddr.isValid(entry.replace(/^\[|\]$/g, ''))) {
    return addressOf(entry.replace(/^\[|\]$/g, ''))?.toString() === addressOf(host)?.toString();
  }
  if (entryPort !== undefined && entryPort !== port) {
    return false;
  }
  const domain = name.replace(/^\*?\./, '');
  return host.endsWith(`.${domain}`) || (domain === name && host === domain);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || addressOf(host)?.range() === 'loopback';
}

function addressOf(host: string): ReturnType<typeof ipaddr.process> | undefined {
  return ipaddr.isValid(host) ? ipaddr.process(host) : undefined;
}

function defaultPort(protocol: string): string {
  return protocol === 'https:' ? '443' : '80';
}
