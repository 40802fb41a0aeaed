# SPDX-License-Identifier: LGPL-2.1-or-later
"""The sealing key is wrapped by a key that systemd decrypts for certd on this device alone: by the host's
key, or by a TPM. The state directory on another device is useless."""

import asked
import booted
import image
import pytest
import tpm

STATE = "/var/lib/certd"
CREDENTIAL = "/etc/credstore.encrypted/certd.wrapping-key"
SOCKET_FOLDER = "/run/host-tpm"
KINDS = ("host", "tpm2")


def sealing_key(machine):
    return asked.get(machine, asked.MANAGER, "Manager", "SealingKey")


def pem_of_a_key(machine, name):
    """The key of a certificate as one of its consumers gets it."""
    asked.consume(machine, name, ("user", image.USER, "none"))
    done = machine.run("certctl", "get", name, "--key", user=image.USER, check=False)
    return done.stdout


class Protected:
    """A machine and the TPM in it, where it has one."""

    def __init__(self, machine, chip):
        self.machine, self.chip = machine, chip

    def off_and_on(self):
        """A TPM without the kernel's driver keeps what programs left in it until its power is cut."""
        self.machine.poweroff()
        if self.chip:
            self.chip.stop()
            self.chip.start()
        self.machine.boot()


@pytest.fixture(params=KINDS)
def protected(request, possible, tmp_path):
    """A machine for a wrapping key by the host's key or by a TPM 2.0."""
    if request.param == "host":
        with booted.machine(image.layers()) as one:
            yield Protected(one, None)
        return
    with tpm.running(tmp_path / "tpm") as chip:
        device = chip.device.replace(str(chip.folder), SOCKET_FOLDER)
        with booted.machine(image.layers(), binds=[f"rw:{chip.folder}:{SOCKET_FOLDER}"],
                            environment={"SYSTEMD_TPM2_DEVICE": device}) as one:
            yield Protected(one, chip)


def make(machine):
    """As the manual says; without the kernel's driver systemd-creds is told to use the TPM."""
    script = machine.output("certctl", "wrapping-key")
    if "SYSTEMD_TPM2_DEVICE" in machine.environment:
        script = script.replace("systemd-creds encrypt", "systemd-creds encrypt --with-key=tpm2")
    machine.run("sh", data=script, environment=machine.environment)


def test_copied_state_is_useless(protected):  # R1
    """The keys are opened here, also after a reboot; on another device with the same files none is."""
    machine = protected.machine
    machine.run("certctl", "create", "secret", "--issuer", "internal")
    machine.run("certctl", "issue", "secret")
    before = pem_of_a_key(machine, "secret")
    assert asked.fits(before, machine.output("certctl", "export", "secret"))
    assert sealing_key(machine) == "plain"
    make(machine)
    assert sealing_key(machine) == "wrapped"
    assert pem_of_a_key(machine, "secret") == before
    protected.off_and_on()
    assert sealing_key(machine) == "wrapped"
    assert pem_of_a_key(machine, "secret") == before
    machine.run("systemctl", "stop", "certd.socket", asked.SERVICE)
    copy = machine.run("tar", "--create", "--directory", STATE, ".", text=False).stdout
    credential = machine.path(CREDENTIAL).read_bytes()
    with booted.machine(image.layers(), name="thief") as thief:
        thief.run("systemctl", "stop", "certd.socket", asked.SERVICE)
        thief.shell(f"rm -rf {STATE}/*")
        thief.run("tar", "--extract", "--directory", STATE, data=copy, text=False)
        thief.run("systemctl", "start", asked.SERVICE)
        assert sealing_key(thief) != "wrapped"
        assert before not in pem_of_a_key(thief, "secret")
        # The credential, which this device can't decrypt, is of no use either.
        thief.write(CREDENTIAL, credential, mode=0o600)
        thief.run("systemctl", "restart", asked.SERVICE)
        assert sealing_key(thief) != "wrapped"
        assert before not in pem_of_a_key(thief, "secret")
