import { findHandshakeProblem, isGrafanaHandshake, printHandshake } from '../../../src/plugin/handshake';

test.each([
  [{ grafana_plugin_type: 'datasource' }, true],
  [{ grafana_plugin_type: 'panel' }, false],
  [{ grafana_plugin_type: '' }, false],
  [{ GRAFANA_PLUGIN_TYPE: 'datasource' }, false],
  [{}, false],
])('%j: started by Grafana: %s', (environment, started) => {
  expect(isGrafanaHandshake(environment)).toBe(started);
});

test('the line says where to connect', () => {
  expect(printHandshake({ network: 'unix', path: '/tmp/a/plugin.sock' })).toBe('1|2|unix|/tmp/a/plugin.sock|grpc\n');
  expect(printHandshake({ network: 'tcp', port: 12345 })).toBe('1|2|tcp|127.0.0.1:12345|grpc\n');
});

test.each([
  [{}, undefined],
  [{ PLUGIN_PROTOCOL_VERSIONS: '2' }, undefined],
  [{ PLUGIN_PROTOCOL_VERSIONS: '1,2,3' }, undefined],
  [{ PLUGIN_PROTOCOL_VERSIONS: '3' }, 'protocol 3'],
  [{ PLUGIN_PROTOCOL_VERSIONS: '12' }, 'protocol 12'],
  [{ PLUGIN_PROTOCOL_VERSIONS: '2', PLUGIN_CLIENT_CERT: '-----BEGIN' }, 'TLS'],
])('%j: problem: %s', (environment, problem) => {
  const found = findHandshakeProblem(environment);
  expect(found === undefined).toBe(problem === undefined);
  expect(found ?? '').toContain(problem ?? '');
});
