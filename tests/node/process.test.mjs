// mlproxy as a process: its options and variables, its configuration file, where it listens, how it
// ends.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';

import {
	atEnd, configOf, count, file, folder, form, get, hasIpv6, photo, post, run, startMock,
	startProxyWith, tasks, test, until, written,
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
	for (const name of ['debug', 'check-config', 'health', 'version', 'help'])
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

	assert.match(proxy.err, /level=warn event=config path=\S+ at=tiemouts why="unknown key"/);
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

// -- how it ends ----------------------------------------------------------------------------------

// A client that sends half of its request, as soon as the proxy has begun with it, and the rest
// when it is told to.
async function halfUpload(t, { url }) {
	const { hostname, port } = new URL(url);
	const body = Buffer.concat([
		'--b\r\ncontent-disposition: form-data; name="entries"\r\n\r\n',
		JSON.stringify(tasks.visual),
		'\r\n--b\r\ncontent-disposition: form-data; name="image"; filename="i"\r\n\r\n',
		photo, '\r\n--b--\r\n',
	].map(part => Buffer.from(part)));
	const head = `POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n` +
		'content-type: multipart/form-data; boundary=b\r\nexpect: 100-continue\r\n\r\n';
	const socket = connect({ port, host: hostname });
	let answer = '';

	atEnd(t, () => socket.destroy());
	socket.setEncoding('latin1').write(head);
	assert.match((await once(socket, 'data'))[0], /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
	socket.on('data', text => { answer += text; }).write(body.subarray(0, body.length / 2));
	return async () => {
		socket.write(body.subarray(body.length / 2));
		await once(socket, 'end');
		return answer;
	};
}

async function isRefused({ url }) {
	const { hostname, port } = new URL(url);
	const socket = connect({ port, host: hostname });
	const [error] = await Promise.race([
		once(socket, 'connect'), new Promise(resolve => socket.on('error', e => resolve([e])))]);

	socket.destroy();
	return error?.code === 'ECONNREFUSED';
}

for (const signal of ['SIGTERM', 'SIGINT'])
	test(`${signal}: what has begun is answered, nothing new is taken`, async t => {
		const mock = await startMock(t, 'mock');
		const path = configFile(t, JSON.stringify(configOf({ mock })));
		const proxy = await startProxyWith(t, [...anywhere, '--config', path, '--workers', '4']);
		const uploads = await Promise.all(
			Array.from({ length: 16 }, () => halfUpload(t, proxy)));

		proxy.child.kill(signal);
		await proxy.matches('err', /event=stopping signal=\d+ running=16\n/g);
		await until(() => isRefused(proxy));
		assert.equal(proxy.status, null);
		for (const finish of uploads) {
			const answer = await finish();

			assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
			assert.match(answer, /\r\nconnection: close\r\n/);
			assert.match(answer, /"imageWidth":\d+\}$/);
		}
		assert.equal(await proxy.end(), 0);
		assert.match(proxy.err, /event=stopped cut=0\n/);
	});

// Each asks again and again over a connection of its own, which rests for no longer than it takes to
// ask again: of one that has rested nobody can promise that it is not closed just as it is used.
test('SIGTERM under load: every request is answered, or its connection refused', async t => {
	const mock = await startMock(t, 'mock');
	const path = configFile(t, JSON.stringify(configOf({ mock })));
	const proxy = await startProxyWith(t, [...anywhere, '--config', path, '--workers', '4']);
	const { body, headers } = await written(tasks.textual, 'a dog');
	let answered = 0;
	const askOn = async () => {
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });

		atEnd(t, () => agent.destroy());
		for (;;) {
			const asked = request(`${proxy.url}/predict`, { method: 'POST', agent, headers });

			asked.end(body);
			const [response] = await once(asked, 'response');

			response.resume();
			await once(response, 'end');
			assert.equal(response.statusCode, 200);
			answered++;
		}
	};
	const ends = Array.from({ length: 32 }, () => assert.rejects(askOn(), { code: 'ECONNREFUSED' }));

	await until(async () => {
		await get(proxy, '/');
		return answered > 200;
	});
	proxy.child.kill('SIGTERM');
	await Promise.all(ends);
	assert.equal(await proxy.end(), 0);
	assert.match(proxy.err, /event=stopped cut=0\n$/);
});

test('SIGTERM with nothing under way ends it at once', async t => {
	const proxy = await startProxyWith(t, [...anywhere, '--workers', '4']);
	const { hostname, port } = new URL(proxy.url);
	const unused = connect({ port, host: hostname });

	atEnd(t, () => unused.destroy());
	await once(unused, 'connect');
	assert.equal((await get(proxy, '/')).status, 200); // over a connection that is kept
	const began = performance.now();

	await proxy.signal('SIGTERM');
	assert.ok(performance.now() - began < 10_000);
	assert.equal(proxy.status, 0);
	assert.match(proxy.err, /event=stopping signal=15 running=0\n.*event=stopped cut=0\n$/s);
});

test('a second SIGTERM ends it without waiting', async t => {
	const slow = await startMock(t, 'slow', { args: ['--latency', '600000'] });
	const path = configFile(t, JSON.stringify(configOf({ slow })));
	const proxy = await startProxyWith(t, [...anywhere, '--config', path, '--workers', '4']);
	const cutOff = Promise.all(Array.from({ length: 8 }, () =>
		assert.rejects(post(proxy, form(tasks.textual, 'a dog')))));

	await until(async () => await count(slow) === 8);
	proxy.child.kill('SIGTERM');
	await proxy.matches('err', /event=stopping signal=15 running=8\n/g);
	await proxy.signal('SIGTERM');
	await cutOff;
	assert.equal(proxy.status, 0);
	assert.match(proxy.err, /event=stopped cut=8\n$/);
});

test('timeouts.drain ends it in any case', async t => {
	const slow = await startMock(t, 'slow', { args: ['--latency', '600000'] });
	const path = configFile(t, JSON.stringify({ ...configOf({ slow }), timeouts: { drain: 0.1 } }));
	const proxy = await startProxyWith(t, [...anywhere, '--config', path]);
	const cutOff = assert.rejects(post(proxy, form(tasks.textual, 'a dog')));

	await until(async () => await count(slow) === 1);
	await proxy.signal('SIGTERM');
	await cutOff;
	assert.equal(proxy.status, 0);
	assert.match(proxy.err, /event=stopped cut=1\n/);
});
