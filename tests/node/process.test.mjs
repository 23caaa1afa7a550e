// mlproxy as a process: its options and variables, its configuration file, where it listens, how it
// ends.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';

import {
	atEnd, configOf, count, file, folder, form, get, hasIpv6, post, run, startMock, startProxyWith,
	tasks, test, until,
} from './rig.mjs';

const anywhere = ['--listen', '127.0.0.1:0'];
const backend = { url: 'http://127.0.0.1:9' }; // nobody is asked
const good = JSON.stringify(configOf({ backend }));

function configFile(t, text) {
	return file(t, 'config.json', text);
}

// Ends at once with wrong usage: one line on stderr, and that says what is wrong.
function assertRefused({ status, out, err }, pattern) {
	assert.equal(status, 2, err);
	assert.equal(out, '');
	assert.match(err, /^mlproxy: [^\n]+\n$/);
	assert.match(err, pattern);
}

// -- what it says and ends ------------------------------------------------------------------------

test('--help names every option and variable', async t => {
	const { status, out, err } = await run(['--help']);

	assert.deepEqual([status, err], [0, '']);
	for (const name of ['config', 'listen', 'workers', 'log-level']) {
		assert.ok(out.includes(`--${name} `), name);
		assert.ok(out.includes(`MLPROXY_${name.toUpperCase().replace('-', '_')}`), name);
	}
	for (const name of ['check-config', 'version', 'help'])
		assert.ok(out.includes(`--${name} `), name);
});

test('--version', async t => {
	const { status, out, err } = await run(['--version']);

	assert.deepEqual([status, err], [0, '']);
	assert.match(out, /^mlproxy \d+\.\d+\.\d+\n$/);
});

test('wrong options', async t => {
	const cases = [
		[['--nope'], /^mlproxy: --nope: /],
		[['nope'], /^mlproxy: nope: /],
		[['--workers'], /--workers: found nothing/],
		[['--workers', '0'], /--workers: found "0", wanted a number from 1 to 64/],
		[['--listen', 'nowhere'], /--listen: found "nowhere", wanted ADDR:PORT/],
		[['--listen', '127.0.0.1:65536'], /--listen: /],
		[['--log-level', 'loud'], /--log-level: found "loud", wanted error, warn, info or debug/],
	];

	for (const [args, pattern] of cases)
		assertRefused(await run(args), pattern);
});

test('wrong variables', async t => {
	const cases = [
		[{ MLPROXY_WORKERS: 'many' }, /MLPROXY_WORKERS: found "many"/],
		[{ MLPROXY_LISTEN: '127.0.0.1:0,x' }, /MLPROXY_LISTEN: found "x"/],
		[{ MLPROXY_LOG_LEVEL: 'loud' }, /MLPROXY_LOG_LEVEL: found "loud"/],
		[{ MLPROXY_CONFIG: '/nonexistent/c.json' }, /\/nonexistent\/c\.json: No such file/],
	];

	for (const [env, pattern] of cases)
		assertRefused(await run([], { env }), pattern);
});

// -- the configuration file -----------------------------------------------------------------------

test('--check-config of a good file', async t => {
	const path = configFile(t, good);
	const { status, out, err } = await run(['--check-config', '--config', path]);

	assert.deepEqual([status, out, err], [0, `${path} is valid\n`, '']);
});

test('--check-config of a bad file', async t => {
	const of = config => JSON.stringify({ ...JSON.parse(good), ...config });
	const cases = [
		['{', /config\.json: /],
		['[]', /object/],
		[of({ backends: [] }), /backends/],
		[of({ backends: [{ name: 'b', url: 'ftp:b' }] }), /backends\[0\]\.url: found "ftp:b"/],
		[of({ defaultBackend: 'nobody' }), /defaultBackend: found "nobody"/],
		[of({ taskRouting: { clip: 'nobody' } }), /taskRouting.*nobody/],
		[of({ limits: { body: -1 } }), /limits\.body: found -1/],
		[of({ timeouts: { connect: 'soon' } }), /timeouts\.connect: found "soon"/],
		[of({ tiemouts: {} }), /tiemouts: /],
	];

	for (const [text, pattern] of cases)
		assertRefused(await run(['--check-config', '--config', configFile(t, text)]), pattern);
});

test('--check-config without a file', async t => {
	assertRefused(await run(['--check-config'], { cwd: folder(t) }), /config\.json: No such file/);
});

test('a file that is named must be there', async t => {
	assertRefused(await run([...anywhere, '--config', '/nonexistent/c.json']),
		/\/nonexistent\/c\.json: No such file/);
});

test('a file that is bad', async t => {
	const path = configFile(t, good.replace('http:', 'ftp:'));

	assertRefused(await run([...anywhere, '--config', path]), /backends\[0\]\.url: /);
});

test('unknown keys are warnings when serving', async t => {
	const path = configFile(t, good.replace('{', '{"tiemouts":{},'));
	const proxy = await startProxyWith(t, [...anywhere, '--config', path]);

	assert.match(proxy.err, /level=warn event=config .*tiemouts/);
	assert.equal((await get(proxy, '/')).status, 200);
});

test('config.json in the working directory is read', async t => {
	const { url } = await startMock(t, 'mock');
	const path = configFile(t, JSON.stringify(configOf({ backend: { url } })));
	const proxy = await startProxyWith(t, anywhere, { cwd: path.replace('/config.json', '') });

	assert.equal((await get(proxy, '/ping')).body, 'pong');
});

test('without a configuration it says where to put one', async t => {
	const proxy = await startProxyWith(t, anywhere);

	assert.match(proxy.err, /level=warn event=unconfigured path=config\.json/);
	for (const { status, type, body } of [
		await get(proxy, '/ping'), await post(proxy, form(tasks.textual, 'a dog'))]) {
		assert.deepEqual([status, type], [503, 'application/json']);
		assert.match(JSON.parse(body).detail, /config\.json/);
	}
	assert.equal((await get(proxy, '/')).status, 200);
	assert.equal((await get(proxy, '/nope')).status, 404);
});

// -- variables ------------------------------------------------------------------------------------

test('variables say what options say', async t => {
	const { url } = await startMock(t, 'mock');
	const path = configFile(t, JSON.stringify(configOf({ backend: { url } })));
	const proxy = await startProxyWith(t, [], {
		listeners: 2,
		env: {
			MLPROXY_CONFIG: path,
			MLPROXY_LISTEN: '127.0.0.1:0, 127.0.0.1:0',
			MLPROXY_WORKERS: '3',
			MLPROXY_LOG_LEVEL: 'debug',
		},
	});

	assert.match(proxy.err, / workers=3\n/);
	for (const address of proxy.addresses)
		assert.equal((await get({ url: `http://${address}` }, '/ping')).body, 'pong');
});

test('the command line wins over variables, and an empty one is none', async t => {
	const path = configFile(t, good);
	const proxy = await startProxyWith(t,
		[...anywhere, '--workers', '2', '--log-level', 'info', '--config', path], {
			env: {
				MLPROXY_CONFIG: '/nonexistent/c.json',
				MLPROXY_LISTEN: '127.0.0.1:1,[::1]:1',
				MLPROXY_WORKERS: '1000',
				MLPROXY_LOG_LEVEL: '',
			},
		});

	assert.equal(proxy.addresses.length, 1);
	assert.match(proxy.err, / workers=2\n/);
});

// -- where it listens, and how it ends ------------------------------------------------------------

test('a port in use', async t => {
	const server = createServer();

	atEnd(t, () => server.close());
	await once(server.listen(0, '127.0.0.1'), 'listening');
	const listen = `127.0.0.1:${server.address().port}`;
	const { status, err } = await run(['--listen', listen], { cwd: folder(t) });
	const last = err.split('\n').at(-2);

	assert.equal(status, 1);
	assert.equal(last, `mlproxy: cannot listen on ${listen}: Address already in use`);
});

test('a port that another mlproxy has', async t => {
	const first = await startProxyWith(t, ['--listen', ':0']);
	const port = new URL(first.url).port;

	for (const listen of [`:${port}`, `127.0.0.1:${port}`]) {
		const { status, err } = await run(['--listen', listen], { cwd: folder(t) });

		assert.equal(status, 1);
		assert.match(err, /Address already in use/);
	}
});

test('all addresses are IPv4 and IPv6', async t => {
	const proxy = await startProxyWith(t, ['--listen', ':0']);
	const { port } = new URL(proxy.url);

	for (const host of hasIpv6 ? ['127.0.0.1', '[::1]'] : ['127.0.0.1'])
		assert.equal((await get({ url: `http://${host}:${port}` }, '/')).status, 200);
});

test('two --listen', async t => {
	const proxy = await startProxyWith(t, [...anywhere, ...anywhere], { listeners: 2 });

	assert.notEqual(proxy.addresses[0], proxy.addresses[1]);
	for (const address of proxy.addresses)
		assert.equal((await get({ url: `http://${address}` }, '/')).status, 200);
});

for (const signal of ['SIGTERM', 'SIGINT'])
	test(`${signal} ends it with 0`, async t => {
		const slow = await startMock(t, 'slow', { args: ['--latency', '600000'] });
		const path = configFile(t, JSON.stringify(configOf({ slow })));
		const proxy = await startProxyWith(t, [...anywhere, '--config', path, '--workers', '4']);
		const cutOff = Promise.all(Array.from({ length: 8 }, () =>
			assert.rejects(post(proxy, form(tasks.textual, 'a dog')))));

		await until(async () => await count(slow) === 8);
		await proxy.signal(signal);
		await cutOff;
		assert.equal(proxy.status, 0);
		assert.match(proxy.err, /event=stopping/);
	});
