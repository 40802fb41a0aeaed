# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the test suites and says what came of them; started by tests/run."""

import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import results  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TESTS = SOURCE / "tests"
BUILD = SOURCE / "build"
TIMEOUT_SECONDS = 900  # of one program, or one file of tests/integration
# Each has a bus, a network and an /etc of its own, and waits for certd half of its time.
FILES_AT_ONCE = 3
MACHINES_AT_ONCE = 2  # files of tests/system
# Begun before the others, so that none of them is what the end waits for.
LONGEST_FILES = ("test_web_hostile.py", "test_faults.py", "test_names.py", "test_drill.py", "test_names_authority.py",
                 "test_damaged_reset.py", "test_kill.py", "test_full_disk.py", "test_log_chain.py", "test_trust.py",
                 "test_trial_clock.py", "test_emergency.py", "test_clock.py", "test_issued.py")
# Run alone, after the others, because it measures; and not with sanitizers, which keep what was freed.
MEASURING = ("test_flood.py",)
# What the sanitizers' run leaves to its long form: they wait for time, ask a browser, kill certd again and
# again, or go through tables of what others do too.
LONG_SANITIZED = ("test_certctl_renewal.py", "test_clock.py", "test_constraints.py",
                  "test_damaged_reset.py", "test_drill.py", "test_emergency.py", "test_faults.py",
                  "test_full_disk.py", "test_issued.py", "test_kill.py", "test_log_chain.py",
                  "test_names.py", "test_names_authority.py", "test_outside_answers.py",
                  "test_outside_findings.py", "test_outside_life.py", "test_trial_clock.py",
                  "test_trial_kill.py", "test_web_guesses.py", "test_web_hostile.py", "test_web_readme.py",
                  "test_web_slow.py", "test_web_swap.py", "test_web_text.py")
# What is tested with HTTPS served.
WITH_WEB = "test_web_*.py"
# What the clang suite builds; in the long form all.
PROGRAMS = ("daemon/certd", "daemon/worker/certd-worker", "clients/certctl/certctl", "clients/tls/certd-tls",
            "clients/web/certd-web", "clients/session/certd-session")
FUZZ_SECONDS = 60
BUILDS = {
    "gcc": ({"CC": "gcc"}, ["-Dwerror=true"]),
    "clang": ({"CC": "clang"}, ["-Dwerror=true"]),
    # Sanitizers' own code makes gcc warn of what cannot be; the two above see all warnings.
    "asan": ({"CC": "gcc"}, ["-Db_sanitize=address,undefined", "-Dwerror=false"]),
    "fuzz": ({"CC": "clang"}, ["-Db_sanitize=address,undefined", "-Db_lundef=false",
                               "-Dfuzzing=true", "-Dwerror=false"]),
}
SANITIZER_ENVIRONMENT = {
    "ASAN_OPTIONS": "halt_on_error=1:detect_leaks=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    # GLib's allocator hides what was freed and when.
    "G_SLICE": "always-malloc",
}


class BuildFailure(Exception):
    """A build that did not come out; the text is its output."""


def run(command, environment=None, timeout=TIMEOUT_SECONDS):
    """Runs command without input. Its status and its output, both streams in one."""
    process = {**os.environ, **(environment or {})}
    try:
        done = subprocess.run([str(word) for word in command], env=process, cwd=SOURCE,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as late:
        return 124, f"{text_of(late.output)}\nended after {timeout} s\n"
    return done.returncode, text_of(done.stdout)


def text_of(data):
    return (data or b"").decode("utf-8", errors="replace")


def build(name, targets=()):
    """The build directory of that name, configured and up to date as far as the targets (none: all)."""
    directory = BUILD / name
    environment, options = BUILDS[name]
    if not (directory / "build.ninja").exists():
        status, output = run(["meson", "setup", directory, SOURCE, *options],
                             environment)
        if status != 0:
            raise BuildFailure(f"meson setup {directory} failed:\n{output}")
    status, output = run(["ninja", "--quiet", "-k", "0", "-C", directory, *targets])
    if status != 0:
        raise BuildFailure(f"ninja -C {directory} failed:\n{output}")
    return directory


def meson_tests(directory, arguments, environment=None):
    """Runs meson tests of a build. A count and what failed."""
    log = directory / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    status, output = run(["meson", "test", "-C", directory, "--no-rebuild", *arguments],
                         environment)
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


def integration_file(directory, path, long):
    """Runs one file of tests/integration under a private bus of its own. A count and its output."""
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"]
    sanitized = directory == BUILD / "asan"
    with tempfile.TemporaryDirectory() as scratch:
        junit = pathlib.Path(scratch) / "junit.xml"
        command = [*command, f"--junitxml={junit}", path] if path.match("test_*.py") else [path]
        status, output = run(
            [TESTS / "private-bus", "--isolated", *(["--web"] if path.match(WITH_WEB) else []),
             "--build", directory, "--", *command],
            {"PYTHONDONTWRITEBYTECODE": "1", **({"CERTD_TEST_LONG": "1"} if long else {}),
             **({"CERTD_TEST_SANITIZED": "1"} if sanitized else {})})
        count = (results.count_junit(junit) if junit.exists()
                 else results.count_program(output, status == 0))
    # A sanitizer's report or a harness failure fails the run though each test passed.
    if status not in (0, 5) and count.failed == 0:
        count.failed = 1
    return count, f"{path.relative_to(SOURCE)}: exit status {status}\n{output}"


def integration_tests(directory, long=False, without=()):
    """The files in tests/integration but those, FILES_AT_ONCE of them, told of in the order of their
    names."""
    paths = [path for path in sorted((TESTS / "integration").iterdir())
             if path.match("test_*.py") or path.is_file() and os.access(path, os.X_OK)]
    first = {TESTS / "integration" / name: place for place, name in enumerate(LONGEST_FILES)}
    names = {path.name for path in paths}
    missing = [name for name in (*LONGEST_FILES, *LONG_SANITIZED, *MEASURING) if name not in names]
    if missing:
        return results.Count(failed=1), [f"a list of run.py names {missing[0]}, which is not there"]
    paths = [path for path in paths if path.name not in without]
    count, failures = results.Count(), []
    with concurrent.futures.ThreadPoolExecutor(FILES_AT_ONCE) as pool:
        begun = {path: pool.submit(integration_file, directory, path, long)
                 for path in sorted(paths, key=lambda path: first.get(path, len(first)))
                 if path.name not in MEASURING}
        done = {path: future.result() for path, future in begun.items()}
    done |= {path: integration_file(directory, path, long) for path in paths if path.name in MEASURING}
    for path in paths:
        one, output = done[path]
        count.add(one)
        if one.failed:
            failures.append(output)
    return count, failures


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
    count, failures = meson_tests(
        directory, ["--suite", "unit", "--timeout-multiplier", "4"], SANITIZER_ENVIRONMENT)
    # What is repeated at random is repeated as often in the long form as in the short one.
    more, more_failures = integration_tests(
        directory, without=MEASURING if long else (*MEASURING, *LONG_SANITIZED))
    count.add(more)
    return count, failures + more_failures


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
    with tempfile.TemporaryDirectory() as scratch:
        junit = pathlib.Path(scratch) / "junit.xml"
        status, output = run(
            ["/usr/bin/python3", "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider",
             f"--junitxml={junit}", path],
            {"PYTHONDONTWRITEBYTECODE": "1", **({"CERTD_TEST_LONG": "1"} if long else {})})
        count = results.count_junit(junit) if junit.exists() else results.Count(failed=1)
    if status not in (0, 5) and count.failed == 0:
        count.failed = 1
    return count, f"{path.relative_to(SOURCE)}: exit status {status}\n{output}"


def suite_system(long):
    """Boots whole systems with certd's packages. Their images are made first, for all files."""
    begin = time.monotonic()
    status, output = run(["/usr/bin/python3", "-B", TESTS / "system" / "image.py"])
    if status != 0:
        return results.Count(failed=1), [output]
    print(f"system: images in {time.monotonic() - begin:.0f} s", flush=True)
    count, failures = results.Count(), []
    with concurrent.futures.ThreadPoolExecutor(MACHINES_AT_ONCE) as pool:
        paths = sorted((TESTS / "system").glob("test_*.py"))
        for one, output in pool.map(lambda path: system_file(path, long), paths):
            count.add(one)
            if one.failed:
                failures.append(output)
    return count, failures


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
    "fuzz": suite_fuzz,
    "try": suite_try,
    "bench": suite_bench,
}
ONLY_LONG = {"bench"}


def run_suite(name, long):
    """Runs one suite, prints its line and its failures, and gives its count."""
    begin = time.monotonic()
    try:
        count, failures = SUITES[name](long)
    except BuildFailure as failure:
        count, failures = results.Count(failed=1), [str(failure)]
    print(f"{name}: {count} ({time.monotonic() - begin:.0f} s)", flush=True)
    for failure in failures:
        print(failure.rstrip(), flush=True)
    return count


def main():
    parser = argparse.ArgumentParser(prog="run", description="Builds certd and runs its tests.")
    parser.add_argument("suites", nargs="*", metavar="SUITE",
                        help=f"some of {', '.join(SUITES)}; all (bench with --long) by default")
    parser.add_argument("--long", action="store_true", help="benchmarks and longer fuzzing too")
    options = parser.parse_args()
    unknown = [name for name in options.suites if name not in SUITES]
    if unknown:
        parser.error(f"there is no suite {unknown[0]!r}; there are {', '.join(SUITES)}")
    names = options.suites or [name for name in SUITES if options.long or name not in ONLY_LONG]
    total = results.Count()
    for name in names:
        total.add(run_suite(name, options.long))
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
