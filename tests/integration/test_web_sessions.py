# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signing in and out over HTTPS: each way to do it, what is told of a sign-in that fails and what is not, how often
it may be tried, and how long a session lasts."""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import time

import pytest
import web

CERTIFICATES = f"{web.ROOT}/CertificateService/Oem/Certd/Certificates"
MANAGER = f"{web.ROOT}/Managers/device"
# CERTD_SIGN_IN_REFUSED_SECONDS, CERTD_LIMIT_SIGN_INS_A_MINUTE, CERTD_FRESH_SECONDS, CERTD_LIMIT_WEB_IDLE_SECONDS,
# CERTD_LIMIT_WEB_USER_SESSIONS
REFUSED_SECONDS, A_MINUTE, FRESH_SECONDS, IDLE_SECONDS, USER_SESSIONS = 2, 10, 300, 600, 8
# A refusal's headers that tell of the time, or of nothing but the body.
VARYING = {"date"}


def control(*words, **environment):
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, env=os.environ | environment)


def together(jobs):
    """Runs them at once; what each gave."""
    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        return [done.result() for done in [pool.submit(job) for job in jobs]]


def timed_sign_in(name, password, how="token"):
    """A stranger's sign-in, and how many seconds the answer took."""
    with web.Web() as client:
        client.open()
        began = time.monotonic()
        answer = client.try_sign_in(name, password, how)
        return answer, time.monotonic() - began


def still_works(credentials):
    with web.Web() as client:
        client.credentials = credentials
        return client.get(MANAGER).status == 200


@pytest.mark.parametrize("how", ["token", "cookie", "basic"])
def test_each_way(how):  # R60
    with web.Web(web.READER, how=how) as client:
        assert client.get(MANAGER).status == 200
        assert client.get(f"{web.ROOT}/SessionService").status == 200
        if how == "basic":
            return
        session = client.value(client.session)
        assert session["UserName"] == web.account(web.READER)[0]
        assert session["ClientOriginIPAddress"] == "127.0.0.1"
        assert session["Oem"]["Certd"]["Current"]
        assert {"@odata.id": client.session} in client.value(web.SESSIONS)["Members"]
        credentials = dict(client.credentials)
        assert client.sign_out().status == 204
        assert not still_works(credentials)


def test_strangers():  # R60
    with web.Web() as client:
        for path in (MANAGER, web.SESSIONS, CERTIFICATES, f"{web.ROOT}/SessionService"):
            assert client.get(path).status == 401, path
        client.credentials = {"X-Auth-Token": "A" * 43}
        assert client.get(MANAGER).status == 401
        assert client.get(MANAGER, headers={"Authorization": "Bearer abc"}).status == 400
    assert timed_sign_in("nobody-here", "wrong")[0].status == 401


def test_basic_reads_sessions():  # R60
    """The collection is anybody's for signing in alone: who reads it first of all signs in, and finds it."""
    name, password = web.account(web.READER)
    with web.Web(web.READER) as client, web.Web(web.READER, how="basic") as other:
        assert {"@odata.id": client.session} in other.value(web.SESSIONS)["Members"]
        client.sign_out()
    with web.Web() as client:
        for path in (web.SESSIONS, f"{web.SESSIONS}/Members"):
            for method in ("GET", "HEAD", "PATCH", "DELETE"):
                assert client.request(method, path).status == 401, (method, path)
            made = client.post(path, {"UserName": name, "Password": password})
            assert made.status == 201, path
            client.credentials = {"X-Auth-Token": made.headers["X-Auth-Token"]}
            assert client.delete(made.headers["Location"]).status == 204
            client.credentials = {}


def test_cookie():  # R60
    with web.Web() as client:
        answer = client.sign_in(*web.account(web.READER), how="cookie")
        name, *flags = answer.headers["Set-Cookie"].split("; ")
        assert name.startswith("__Host-certd=") and len(name) == len("__Host-certd=") + 43
        assert sorted(flags) == ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]
        assert "X-Auth-Token" not in answer.headers
        service = f"{web.ROOT}/SessionService"
        changed = {"SessionTimeout": 60}
        # The page's own request gets as far as the property; what lacks a word of the page does not.
        assert client.patch(service, changed).messages == ["Base.PropertyNotWritable"]
        for headers, message in (
                ({"X-CSRF-Token": None}, "Certd.CsrfTokenWrong"),
                ({"X-CSRF-Token": "A" * 43}, "Certd.CsrfTokenWrong"),
                ({"Origin": "https://example.org"}, "Certd.OtherOrigin"),
                ({"Origin": "null"}, "Certd.OtherOrigin"),
                ({"Origin": None, "Sec-Fetch-Site": "cross-site"}, "Certd.OtherOrigin")):
            refused = client.patch(service, changed, headers=headers)
            assert (refused.status, refused.messages) == (403, [message]), headers
        ended = client.delete(client.session)
        assert ended.status == 204
        assert "__Host-certd=;" in ended.headers["Set-Cookie"] and "Max-Age=0" in ended.headers["Set-Cookie"]
        # The page that has to sign in again sends the old cookie still.
        assert client.get(MANAGER).status == 401
        assert client.request("POST", web.SESSIONS, dict(zip(("UserName", "Password"), web.account(web.READER))),
                              headers={"X-CSRF-Token": None}).status == 201


def test_own_sessions():  # R60
    with web.Web(web.READER) as reader, web.Web(web.ADMIN) as admin:
        assert admin.get(reader.session).status == 404
        assert admin.delete(reader.session).status == 404
        assert {"@odata.id": reader.session} not in admin.value(web.SESSIONS)["Members"]
        assert reader.get(MANAGER).status == 200
        reader.sign_out()
        admin.sign_out()


def test_expired():  # R60
    """Told apart, and only to who knows the password. It comes before the wrong ones, which this address has to pay
    for."""
    for user, message in ((web.EXPIRED, "Certd.AccountExpired"), (web.STALE, "Certd.PasswordExpired")):
        answer, _ = timed_sign_in(*web.account(user))
        assert (answer.status, answer.messages) == (403, [message])
        assert "X-Auth-Token" not in answer.headers


def test_refused_alike():  # R60
    """Wrong, unknown, root, expired and locked accounts: neither answer nor time tells them apart."""
    expired, stale = web.account(web.EXPIRED)[0], web.account(web.STALE)[0]
    names = [web.account(web.ADMIN)[0], "nobody-there", "root", expired, stale]
    answers = together([lambda name=name: timed_sign_in(name, "wrong") for name in names])
    first = answers[0][0]
    assert first.status == 401 and first.messages == ["Certd.SignInRefused"]
    for name, (answer, seconds) in zip(names, answers):
        assert answer.status == 401 and answer.body == first.body, name
        assert visible(answer) == visible(first), name
        assert seconds >= REFUSED_SECONDS - 0.01, name
        # The next multiple where PAM has taken longer.
        assert seconds % REFUSED_SECONDS < REFUSED_SECONDS / 2, f"{name}: {seconds} s"


def visible(answer):
    return sorted((name.lower(), value) for name, value in answer.headers.items() if name.lower() not in VARYING)


def test_sessions_of_one_user():  # R60
    """CERTD_LIMIT_WEB_USER_SESSIONS, and one more: the user's own oldest ends, and nobody else's."""
    with web.Web(web.ADMIN) as admin:
        readers = [web.Web(web.READER) for _ in range(USER_SESSIONS)]
        assert all(still_works(reader.credentials) for reader in readers)
        readers.append(web.Web(web.READER))
        assert [still_works(reader.credentials) for reader in readers] == [False] + USER_SESSIONS * [True]
        assert admin.get(MANAGER).status == 200
        for reader in readers:
            reader.close()


def test_restart():  # R60
    """Sessions do not survive certd-web."""
    with web.Web(web.READER) as client, web.Web(web.READER, how="cookie") as page:
        control("web-restart", "web")
        for one in (client, page):
            one.close()
            assert one.get(MANAGER).status == 401
        client.sign_in(*web.account(web.READER))
        client.sign_out()


@pytest.fixture
def slept(open_path):
    """Where to write how many seconds the web's programs have slept; they are as before afterwards."""
    library = pathlib.Path(open_path) / "fake-clock.so"
    shutil.copy(pathlib.Path(os.environ["CERTD_BUILD"]) / "tests/harness/fake-clock.so", library)
    library.chmod(0o755)
    path = pathlib.Path(open_path) / "slept"
    path.write_text("0\n", encoding="ascii")
    path.chmod(0o644)
    control("web-restart", "session", "web", CERTD_WEB_PRELOAD=str(library), CERTD_TEST_SLEPT=str(path))
    yield path
    control("web-restart", "session", "web")


def test_fresh_and_idle(bus, slept):  # R61
    for name in ("mqtt", "mail"):
        bus.certctl("create", name, check=True)
    with web.Web(web.ADMIN) as client, web.Web(web.ADMIN, how="cookie") as page:
        client.done("DELETE", f"{CERTIFICATES}/mqtt")
        slept.write_text(f"{FRESH_SECONDS}\n", encoding="ascii")
        refused = client.delete(f"{CERTIFICATES}/mail")
        assert (refused.status, refused.messages) == (403, ["Certd.SignInAgain"])
        assert not client.value(client.session)["Oem"]["Certd"]["Fresh"]
        # Who becomes a consumer gets the key; what else is in the request is not done either.
        mail = f"{CERTIFICATES}/mail"
        before = client.value(mail)
        refused = client.patch(mail, {"Consumers": [{"Kind": "user", "Name": "root"}], "Settings": {"Days": 77}})
        assert (refused.status, refused.messages) == (403, ["Certd.SignInAgain"])
        assert client.value(mail) == before
        assert client.patch(mail, {"Settings": {"Days": 77}}).body["Settings"]["Days"] == 77
        again = f"{client.session}/Actions/Oem/CertdSession.SignInAgain"
        assert client.post(again, {"Password": "wrong"}).messages == ["Certd.SignInRefused"]
        assert client.delete(f"{CERTIFICATES}/mail").status == 403
        answer = client.sign_in_again()
        assert answer.status == 200 and answer.body["Oem"]["Certd"]["Fresh"]
        client.done("DELETE", f"{CERTIFICATES}/mail")
        # The other session of the same user has not given the password again.
        assert not page.value(page.session)["Oem"]["Certd"]["Fresh"]

        slept.write_text(f"{FRESH_SECONDS + IDLE_SECONDS}\n", encoding="ascii")
        assert client.get(MANAGER).messages == ["Certd.SessionOver"]
        assert page.get(MANAGER).status == 401


def test_guesses():  # R60
    """CERTD_LIMIT_SIGN_INS_A_MINUTE at once and one more, for a user where that user has signed in before; others
    get in meanwhile. It comes last: the reader cannot sign in for a minute after it."""
    name = web.account(web.READER)[0]
    for user in (web.ADMIN, web.READER):
        web.Web(user).sign_out()
    answers = together((A_MINUTE + 1) * [lambda: timed_sign_in(name, "wrong")[0]])
    assert sorted(answer.status for answer in answers) == A_MINUTE * [401] + [429]
    told = next(answer for answer in answers if answer.status == 429)
    assert told.messages == ["Certd.TooManyTries"] and 1 <= int(told.headers["Retry-After"]) <= 60
    with web.Web() as client:
        # Not even the right password, in whatever way: who guesses does not learn it.
        assert client.try_sign_in(*web.account(web.READER)).status == 429
        client.sign_in(*web.account(web.READER), how="basic")
        refused = client.get(MANAGER)
        assert refused.status == 429 and "Retry-After" in refused.headers
    began = time.monotonic()
    with web.Web(web.ADMIN) as admin:
        assert time.monotonic() - began < 5
        admin.sign_out()
