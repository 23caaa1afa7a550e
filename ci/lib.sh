# What ci/run, ci/start and the jobs share; sourced by bash in the root of the tree.

out=build/ci
cores=$(nproc)
# How many tests run at a time. Those with sockets are quiet for longer than they work: they wait a
# few milliseconds, again and again, to see that nothing comes.
at_once=$((3 * cores))

# What was compiled before, in whichever tree, is not compiled again.
if command -v ccache >/dev/null; then
	export CMAKE_C_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
fi

# packages_missing FILE...: the packages listed that are not installed, one a line.
packages_missing() {
	local name status

	sed 's/#.*//' "$@" | while read -r name; do
		[ -n "$name" ] || continue
		# Any Node will do, Debian's or another.
		[ "$name" = nodejs ] && command -v node >/dev/null && continue
		[ "$name" = npm ] && command -v npm >/dev/null && continue
		status=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)
		[ "$status" = installed ] || echo "$name"
	done
}

# packages_install FILE...: installs those missing; what apt says goes to stderr.
packages_install() {
	local missing

	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ]; then
		echo "not installed: ${missing[*]}" >&2
		echo "run this again as root, or as root: apt-get install ${missing[*]}" >&2
		return 1
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q >&2 &&
		apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
}

# set_up PROFILE: the tree of ci/profile/PROFILE.cmake; anew when the profile has changed, since cmake
# would keep the cached values.
set_up() {
	local profile=ci/profile/$1.cmake tree=$out/$1

	if [ ! -e "$tree/CMakeCache.txt" ] || [ "$profile" -nt "$tree/CMakeCache.txt" ]; then
		cmake --fresh -S . -B "$tree" -G Ninja -C "$profile"
	fi
}

# build PROFILE [cmake --build arguments]
build() {
	local tree=$out/$1

	set_up "$1" || return
	shift
	cmake --build "$tree" --parallel "$cores" "$@"
}

# run_tests PROFILE [command in front]: every test of a tree that build() made whose name matches the
# regular expression `only` (all) and does not match `leave_out` (none); says nothing of those that
# pass, so that the end of the log shows why others do not.
run_tests() {
	local tree=$out/$1

	shift
	"$@" ctest --test-dir "$tree" --output-on-failure --no-tests=error --parallel "$at_once" \
		--tests-regex "${only:-.}" --exclude-regex "${leave_out:-^$}" |
		grep -Ev '^ +Start +[0-9]+: |  Passed  '
	return "${PIPESTATUS[0]}"
}

# promtool_path: where promtool is. It is taken out of Debian's package `prometheus`, which is not
# installed: that would start a server here.
promtool_path() {
	local folder=$PWD/$out/prometheus

	if [ ! -x "$folder/promtool" ]; then
		rm -rf "$folder" && mkdir -p "$folder" || return
		(cd "$folder" && { apt-get download -q prometheus || apt-get update -q &&
			apt-get download -q prometheus; } >&2 &&
			dpkg-deb --fsys-tarfile prometheus_*.deb |
			tar -x --strip-components=3 ./usr/bin/promtool && rm prometheus_*.deb) || return
	fi
	echo "$folder/promtool"
}

# npm_path: where the packages are that ci/npm/package-lock.json names, and whose hashes it has.
npm_path() {
	local folder=$PWD/$out/npm

	if ! cmp -s ci/npm/package-lock.json "$folder/installed"; then
		rm -rf "$folder" && mkdir -p "$folder" && cp ci/npm/*.json "$folder" || return
		npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund >&2 &&
			cp ci/npm/package-lock.json "$folder/installed" || return
	fi
	echo "$folder/node_modules"
}

# mitmdump_path: where mitmdump is, of the newest mitmproxy that runs on this Python; Debian's own cannot
# read HAR.
mitmdump_path() {
	local folder=$PWD/$out/mitmproxy

	if [ ! -e "$folder/installed" ]; then
		rm -rf "$folder" && /usr/bin/python3 -m venv "$folder" &&
			"$folder/bin/pip" install -q --no-input mitmproxy >&2 &&
			touch "$folder/installed" || return
	fi
	echo "$folder/bin/mitmdump"
}

# run_node PROFILE [command in front]: Node's own fetch and FormData against the programs of a tree;
# of the files in tests/node those that `node_tests` names (all).
run_node() {
	local bin=$PWD/$out/$1/bin name promtool packages mitmdump files=()

	shift
	for name in "${node_tests[@]-*}"; do
		# shellcheck disable=SC2206 # a pattern
		files+=(tests/node/$name.test.mjs)
	done
	promtool=$(promtool_path) && packages=$(npm_path) && mitmdump=$(mitmdump_path) || return
	PROMTOOL=$promtool NODE_PACKAGES=$packages MITMDUMP=$mitmdump MLPROXY_BIN=$bin/mlproxy \
		MLMOCK_BIN=$bin/mlmock MLREPLAY_BIN=$bin/mlreplay "$@" \
		node --test --test-reporter=spec --test-concurrency="$at_once" "${files[@]}"
}
