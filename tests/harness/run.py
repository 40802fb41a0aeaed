# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the test suites and says what came of them; started by tests/run."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import browser, results  # noqa: E402
from harness.builds import BUILD, LONG_TIMEOUT_SECONDS, SOURCE, BuildFailure, build, run  # noqa: E402

TESTS = SOURCE / "tests"
# Of tests/integration, tests/system and tests/browser. Each has a bus and a network of its own, or a machine,
# and waits for it half of its time.
FILES_AT_ONCE = 4
FILES = concurrent.futures.ThreadPoolExecutor(FILES_AT_ONCE)
TIMES = []  # (seconds, folder, file) of each that was run
# Begun before the others, so that none of them is what the end waits for.
LONGEST_FILES = ("test_issued.py", "test_emergency.py", "test_names.py", "test_log_chain.py", "test_kill.py",
                 "test_damaged_reset.py", "test_drill.py", "test_clock.py", "test_faults.py",
                 "test_trial_kill.py", "test_names_authority.py", "test_outside_show.py", "test_trust.py",
                 "test_full_disk.py", "test_outside_keys.py", "test_bad_imports.py",
                 "test_credential_socket.py", "test_web_hostile.py", "test_trial_clock.py",
                 "test_outside_imports.py", "test_trust_verify.py", "test_upgrade.py")
# The same, of tests/system.
LONGEST_MACHINES = ("test_functional.py", "test_packages.py", "test_functional_web.py", "test_life.py",
                    "test_examples_servers.py", "test_clock_synchronized.py")
# The same, of tests/browser.
LONGEST_BROWSERS = ("pages.test.mjs", "hostile.test.mjs", "authority-trust-https.test.mjs", "shell.test.mjs",
                    "trial.test.mjs", "certificates.test.mjs")
# Run alone, before the others, because it measures; and not with sanitizers, which keep what was freed.
MEASURING = ("test_flood.py",)
# What the sanitizers' run leaves to its long form: they wait for time, ask a browser, kill certd again and
# again, go through tables of what others do too, or have OpenSSL and GnuTLS's tools work most of the time.
LONG_SANITIZED = ("test_certctl_renewal.py", "test_clock.py", "test_constraints.py",
                  "test_damaged_reset.py", "test_drill.py", "test_emergency.py", "test_faults.py",
                  "test_full_disk.py", "test_issued.py", "test_kill.py", "test_log_chain.py",
                  "test_names.py", "test_names_authority.py", "test_outside_answers.py",
                  "test_outside_findings.py", "test_outside_imports.py", "test_outside_keys.py",
                  "test_outside_life.py", "test_outside_requests.py", "test_outside_show.py",
                  "test_trial_clock.py", "test_trial_kill.py", "test_trust_verify.py", "test_upgrade.py",
                  "test_web_guesses.py", "test_web_hostile.py", "test_web_readme.py",
                  "test_web_slow.py", "test_web_swap.py", "test_web_text.py")
# What the browsers' run leaves to its long form: it measures, makes pictures to be looked at, or waits for trials
# in Firefox, as trial.test.mjs does in Chromium.
LONG_BROWSERS = ("firefox-trial.test.mjs", "lighthouse.test.mjs", "screenshots.test.mjs")
# What is tested with HTTPS served.
WITH_WEB = ("test_web_*.py", "*.test.mjs")
# What the clang suite builds; in the long form all.
PROGRAMS = ("daemon/certd", "daemon/worker/certd-worker", "clients/certctl/certctl", "clients/tls/certd-tls",
            "clients/web/certd-web", "clients/session/certd-session")
FUZZ_SECONDS = 60
SANITIZER_ENVIRONMENT = {
    "ASAN_OPTIONS": "halt_on_error=1:detect_leaks=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    # GLib's allocator hides what was freed and when.
    "G_SLICE": "always-malloc",
}


def meson_tests(directory, arguments, environment=None):
    """Runs meson tests of a build. A count and what failed."""
    log = directory / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    status, output = run(["meson", "test", "-C", directory, "--no-rebuild", *arguments],
                         environment, LONG_TIMEOUT_SECONDS)
    candidates = sorted((directory / "meson-logs").glob("*log*.json"),
                        key=lambda path: path.stat().st_mtime)
    if "No suitable tests" in output or "No tests defined" in output:
        return results.Count(), []
    if not candidates:
        return results.Count(failed=1), [output]
    count, failures = results.read_meson_log(candidates[-1])
    if status != 0 and not failures:
        return results.Count(count.passed, count.failed + 1, count.skipped), [output]
    return count, failures


def command_of(path, junit):
    """What runs a file of tests/integration or tests/browser."""
    if path.match("test_*.py"):
        return ["/usr/bin/python3", "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider",
                f"--junitxml={junit}", path]
    return browser.command(path, junit) if path.match("*.test.mjs") else [path]


def integration_file(directory, path, long):
    """Runs one file of tests/integration or tests/browser under a private bus of its own. A count and its
    output."""
    sanitized, begin = directory == BUILD / "asan", time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        junit = pathlib.Path(scratch) / "junit.xml"
        command = command_of(path, junit)
        status, output = run(
            [TESTS / "private-bus", "--isolated", *(["--web"] if any(map(path.match, WITH_WEB)) else []),
             "--build", directory, "--", *command],
            {"PYTHONDONTWRITEBYTECODE": "1", **({"CERTD_TEST_LONG": "1"} if long else {}),
             **({"CERTD_TEST_SANITIZED": "1"} if sanitized else {})})
        count = (results.count_junit(junit) if junit.exists()
                 else results.count_program(output, status == 0))
    TIMES.append((round(time.monotonic() - begin, 1), directory.name, path.name))
    # A sanitizer's report or a harness failure fails the run though each test passed.
    if status not in (0, 5) and count.failed == 0:
        count.failed = 1
    return count, f"{path.relative_to(SOURCE)}: exit status {status}\n{output}"


def integration_paths():
    """The files in tests/integration by their names. It fails where a list above names others."""
    paths = {path.name: path for path in sorted((TESTS / "integration").iterdir())
             if path.match("test_*.py") or path.is_file() and os.access(path, os.X_OK)}
    for name in (*LONGEST_FILES, *LONG_SANITIZED, *MEASURING):
        if name not in paths:
            raise BuildFailure(f"a list of run.py names {name}, which is not there")
    return paths


def in_turn(names, longest):
    """The names, the longest first."""
    first = {name: place for place, name in enumerate(longest)}
    return sorted(names, key=lambda name: first.get(name, len(first)))


def integration_tests(directory, long=False, without=MEASURING):
    """The files in tests/integration but those, told of in the order of their names."""
    paths = {name: path for name, path in integration_paths().items() if name not in without}
    begun = {name: FILES.submit(integration_file, directory, paths[name], long)
             for name in in_turn(paths, LONGEST_FILES)}
    return results.joined(begun[name].result() for name in paths)


def measuring_tests(long):
    """What runs alone."""
    paths, directory = integration_paths(), build("gcc")
    return results.joined(integration_file(directory, paths[name], long) for name in MEASURING)


def program_tests(command):
    status, output = run(command)
    count = results.count_program(output, status == 0)
    return count, [output] if count.failed else []


def suite_unit(_long):
    return meson_tests(build("gcc"), ["--suite", "unit"])


def suite_lint(_long):
    return program_tests(["/usr/bin/python3", TESTS / "lint.py", "--build", build("gcc")])


def suite_clang(long):
    build("clang", () if long else PROGRAMS)
    return results.Count(passed=1), []


def suite_integration(long):
    return integration_tests(build("gcc"), long)


def suite_sanitize(long):
    directory = build("asan")
    unit = FILES.submit(meson_tests, directory, ["--suite", "unit", "--timeout-multiplier", "4"],
                        SANITIZER_ENVIRONMENT)
    # What is repeated at random is repeated as often in the long form as in the short one.
    more, more_failures = integration_tests(
        directory, without=MEASURING if long else (*MEASURING, *LONG_SANITIZED))
    count, failures = unit.result()
    count.add(more)
    return count, failures + more_failures


def suite_browser(long):
    """The page, in browsers."""
    directory, failure = build("gcc"), browser.install()
    if failure:
        raise BuildFailure(failure)
    paths = {path.name: path for path in browser.files() if long or path.name not in LONG_BROWSERS}
    begun = {name: FILES.submit(integration_file, directory, paths[name], long)
             for name in in_turn(paths, LONGEST_BROWSERS)}
    return results.joined(begun[name].result() for name in paths)


def suite_fuzz(long):
    """Replays the corpora; the long form fuzzes each target from its own, with the sanitizers."""
    count, failures = meson_tests(build("gcc"), ["--suite", "fuzz"])
    if not long:
        return count, failures
    directory = build("fuzz")
    for corpus in sorted((TESTS / "fuzz" / "corpus").iterdir()):
        with tempfile.TemporaryDirectory() as found:
            status, output = run([directory / "tests" / "fuzz" / f"fuzz-{corpus.name}",
                                  f"-max_total_time={FUZZ_SECONDS}", "-print_final_stats=1",
                                  f"-artifact_prefix={found}/", found, corpus],
                                 SANITIZER_ENVIRONMENT)
        count.add(results.Count(passed=int(status == 0), failed=int(status != 0)))
        if status != 0:
            failures.append(output)
    return count, failures


def suite_bench(_long):
    """Prints the table; the same as JSON is in the build directory. It fails only if it breaks."""
    directory = build("gcc")
    status, output = run([TESTS / "bench" / "bench", "--build", directory, "--json",
                          directory / "bench.json"])
    print(output.rstrip(), flush=True)
    return results.Count(passed=int(status == 0), failed=int(status != 0)), []


def system_file(path, long):
    """Runs one file of tests/system, which boots machines of its own. A count and its output."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        junit = pathlib.Path(scratch) / "junit.xml"
        status, output = run(
            ["/usr/bin/python3", "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider",
             f"--junitxml={junit}", path],
            {"PYTHONDONTWRITEBYTECODE": "1", **({"CERTD_TEST_LONG": "1"} if long else {})})
        count = results.count_junit(junit) if junit.exists() else results.Count(failed=1)
    TIMES.append((round(time.monotonic() - begin, 1), "system", path.name))
    if status not in (0, 5) and count.failed == 0:
        count.failed = 1
    return count, f"{path.relative_to(SOURCE)}: exit status {status}\n{output}"


def make_images(behind=False):
    """The images of the machines, for all files; and certd's packages, which are in them."""
    begin = time.monotonic()
    status, output = run(["/usr/bin/python3", "-B", TESTS / "system" / "image.py"], behind=behind)
    if status != 0:
        raise BuildFailure(output)
    if behind:
        print(f"system: images in {time.monotonic() - begin:.0f} s", flush=True)


def suite_system(long):
    """Boots whole systems with certd's packages."""
    make_images()
    paths = {path.name: path for path in sorted((TESTS / "system").glob("test_*.py"))}
    begun = {name: FILES.submit(system_file, paths[name], long) for name in in_turn(paths, LONGEST_MACHINES)}
    return results.joined(begun[name].result() for name in paths)


def suite_try(_long):
    build("gcc")
    return program_tests([TESTS / "try", "--once"])


SUITES = {
    "unit": suite_unit,
    "lint": suite_lint,
    "clang": suite_clang,
    "integration": suite_integration,
    "system": suite_system,
    "sanitize": suite_sanitize,
    "browser": suite_browser,
    "fuzz": suite_fuzz,
    "try": suite_try,
    "bench": suite_bench,
}
ONLY_LONG = {"bench"}
# They run at the same time and share FILES; and what each needs is made behind them, in this order.
TOGETHER = ("integration", "system", "browser", "sanitize", "clang")
MADE_BEHIND = {
    "system": lambda _long: make_images(behind=True),
    "sanitize": lambda _long: build("asan", behind=True),
    "clang": lambda long: build("clang", () if long else PROGRAMS, behind=True),
}


def run_suite(name, long, measured=None, made=None):
    """Runs one suite once what it needs is made, prints its line and its failures, and gives its count,
    with what was measured for it."""
    begin = time.monotonic()
    try:
        if made is not None:
            made.result()
        count, failures = SUITES[name](long)
        if measured is not None:
            count, failures = results.joined([measured.result(), (count, failures)])
    except BuildFailure as failure:
        count, failures = results.Count(failed=1), [str(failure)]
    line = f"{name}: {count} ({time.monotonic() - begin:.0f} s)"
    print("\n".join([line, *(failure.rstrip() for failure in failures)]), flush=True)
    return count


def run_suites(names, long):
    """What measures first and alone; then the suites, while behind them is made what the next ones need.
    Their count."""
    total, together = results.Count(), [name for name in names if name in TOGETHER]
    with concurrent.futures.ThreadPoolExecutor(1) as behind, \
            concurrent.futures.ThreadPoolExecutor(len(TOGETHER)) as pool:
        measured = {"integration": pool.submit(measuring_tests, long)} if "integration" in names else {}
        concurrent.futures.wait(measured.values())
        made = {name: behind.submit(make, long) for name, make in MADE_BEHIND.items() if name in names}
        for name in names:
            if name not in together:
                total.add(run_suite(name, long))
            elif name == together[0]:
                begun = [pool.submit(run_suite, one, long, measured.get(one), made.get(one))
                         for one in together]
                for one in begun:
                    total.add(one.result())
    return total


def main():
    # All ends at once: the terminal tells the programs that run, too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parser = argparse.ArgumentParser(prog="run", description="Builds certd and runs its tests.")
    parser.add_argument("suites", nargs="*", metavar="SUITE",
                        help=f"some of {', '.join(SUITES)}; all by default, but "
                             f"{' and '.join(sorted(ONLY_LONG))} with --long alone")
    parser.add_argument("--long", action="store_true", help="benchmarks and longer fuzzing too")
    options = parser.parse_args()
    unknown = [name for name in options.suites if name not in SUITES]
    if unknown:
        parser.error(f"there is no suite {unknown[0]!r}; there are {', '.join(SUITES)}")
    names = [name for name in SUITES if name in options.suites
             or not options.suites and (options.long or name not in ONLY_LONG)]
    total = run_suites(names, options.long)
    # Where the time went, for whoever wants less of it.
    BUILD.mkdir(exist_ok=True)
    (BUILD / "times.json").write_text(json.dumps(sorted(TIMES, reverse=True), indent=1), encoding="utf-8")
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
