// peers: who is measured, and how each is started with the stub behind it.
//
// The stub has four ports: whoever routes by what is in a body sends photos to the first and texts to
// the second; the others are the second backends of pools.

import { execFileSync } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, ours, startStub } from './programs.mjs';

export const STUB_PORTS = 4;

// A configuration in peers/ with ${NAME} replaced, as a file.
function configure({ folder }, name, values) {
	const text = readFileSync(new URL(`peers/${name}`, import.meta.url), 'utf8');
	const path = join(folder, name);

	writeFileSync(path, text.replace(/\$\{(\w+)\}/g, (_, key) => values[key]));
	return path;
}

async function startHaproxy(programs, name, values) {
	const port = await freePort();
	const path = configure(programs, name, { ...values, PORT: port });
	const program = programs.start(['haproxy', '-db', '-f', path]);

	await program.listens(port);
	return { program, port };
}

const plain = (programs, [images]) =>
	startHaproxy(programs, 'haproxy.cfg', { IMAGES: images });

const inspecting = (buffer, tls = '') => (programs, [images, texts]) =>
	startHaproxy(programs, 'haproxy-inspect.cfg',
		{ IMAGES: images, TEXTS: texts, BUFFER: buffer, TLS: tls });

async function startNginx(programs, [images]) {
	const port = await freePort();
	const { folder } = programs;
	const path = configure(programs, 'nginx.conf', { FOLDER: folder, IMAGES: images, PORT: port });
	const program = programs.start(['nginx', '-p', folder, '-e', 'stderr', '-c', path]);

	await program.listens(port);
	return { program, port };
}

// The ports at which the first two of the stub are to be had by TLS.
async function startTls(programs, [images, texts]) {
	const { folder } = programs;
	const [imagesTls, textsTls] = [await freePort(), await freePort()];
	const [key, certificate] = ['key.pem', 'certificate.pem'].map(name => join(folder, name));

	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
		'-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
		'-keyout', key, '-out', certificate], { stdio: 'ignore' });
	writeFileSync(certificate, readFileSync(key), { flag: 'a' });
	const path = configure(programs, 'tls.cfg', { FOLDER: folder, IMAGES: images, TEXTS: texts,
		IMAGES_TLS: imagesTls, TEXTS_TLS: textsTls });
	const tls = programs.start(['haproxy', '-db', '-f', path]);

	await Promise.all([imagesTls, textsTls].map(port => tls.listens(port)));
	return [imagesTls, textsTls];
}

const overTls = start => async (programs, ports) => start(programs, await startTls(programs, ports));

export async function startMlproxy(programs, config, { before = [], level = 'error', workers = 2 } = {}) {
	const port = await freePort();
	const path = join(programs.folder, 'mlproxy.json');
	const log = openSync(join(programs.folder, 'mlproxy.log'), 'w');

	writeFileSync(path, JSON.stringify(config));
	const program = programs.start([...before, ours('mlproxy'), '--workers', String(workers),
		'--config', path, '--listen', `127.0.0.1:${port}`, '--log-level', level],
	{ stdio: ['pipe', 'pipe', log] });

	await program.listens(port);
	return { program, port };
}

function backendsAt(ports, url = port => `http://127.0.0.1:${port}`, more = {}) {
	const names = ['images', 'texts', 'images 2', 'texts 2'];

	return ports.map((port, i) => ({ name: names[i], url: url(port), ...more }));
}

export const configs = {
	one: ports => ({
		defaultBackend: 'images',
		backends: backendsAt(ports.slice(0, 2)),
		modelTypeRouting: { textual: 'texts' },
	}),
	two: ports => ({
		defaultBackend: ['images', 'images 2'],
		backends: backendsAt(ports),
		modelTypeRouting: { textual: ['texts', 'texts 2'] },
	}),
	split: ports => ({
		defaultBackend: 'images',
		backends: backendsAt(ports.slice(0, 2)),
		taskRouting: { 'facial-recognition': 'texts' },
	}),
	https: ports => ({
		defaultBackend: 'images',
		backends: backendsAt(ports, port => `https://127.0.0.1:${port}`, { insecure: true }),
		modelTypeRouting: { textual: 'texts' },
	}),
};

const mlproxy = (config, options) => (programs, ports) =>
	startMlproxy(programs, config(ports), options);

const startRecording = (programs, ports) => startMlproxy(programs,
	{ ...configs.one(ports), capture: { dir: join(programs.folder, 'capture') } });

// What each routes by: `body` sends photos and texts to different ports, `nothing` does not. The tables
// have them in this order.
export const peers = {
	direct: { title: 'no proxy', routes: 'nothing', start: (_, [port]) => ({ port }) },
	inspect: { title: 'HAProxy, inspecting', routes: 'body', start: inspecting(16384) },
	haproxy: { title: 'HAProxy, plain', routes: 'nothing', start: plain },
	'inspect-64k': {
		title: 'HAProxy, inspecting, buffers of 64 KB', routes: 'body', start: inspecting(65536),
	},
	nginx: { title: 'nginx, streaming', routes: 'nothing', start: startNginx },
	one: { title: 'mlproxy', routes: 'body', start: mlproxy(configs.one) },
	two: { title: 'pools of two, nothing fails', routes: 'body', start: mlproxy(configs.two) },
	split: {
		title: 'two tasks, split in two', routes: 'tasks', start: mlproxy(configs.split), task: 'both',
	},
	log: {
		title: 'every request in the log, `/metrics` read once a second',
		routes: 'body',
		start: mlproxy(configs.one, { level: 'info' }),
		isWatched: true,
	},
	record: {
		title: 'every request recorded to disk', routes: 'body', start: startRecording,
	},
	https: {
		title: 'backends with https, by libcurl', routes: 'body', start: overTls(mlproxy(configs.https)),
	},
	'inspect-https': {
		title: 'HAProxy, inspecting, backends with https',
		routes: 'body',
		start: overTls(inspecting(16384, 'ssl verify none')),
	},
};
