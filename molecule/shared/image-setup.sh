#!/bin/sh
# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs once, inside the new root filesystem, when packages and the files of rootfs/ are in.
set -eu

# Base images bring files that keep services from starting, packages from being
# kept, and IPv6 or name lookups from working like on a real machine.
rm -f /usr/sbin/policy-rc.d /etc/apt/apt.conf.d/docker-* /etc/dpkg/dpkg.cfg.d/docker*
if [ -e /etc/apt/sources.list ]; then
    rm -f /etc/apt/sources.list.d/debian.sources
fi
update-ca-certificates >/dev/null

useradd --create-home --shell /bin/bash ansible
install -d -m 700 /root/.ssh
install -d -m 700 -o ansible -g ansible /home/ansible/.ssh
# An account with a locked password may not log in where PAM is off.
usermod -p '*' ansible
install -d -m 755 /etc/lab

systemctl enable lab-boot.service lab-web.service ssh.service
systemctl set-default multi-user.target

# Hardware, consoles and timers: of no use in a container, and slow.
for unit in \
    console-getty.service getty.target getty-static.service systemd-logind.service \
    systemd-modules-load.service systemd-remount-fs.service systemd-binfmt.service \
    systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
    systemd-udev-trigger.service systemd-firstboot.service systemd-pstore.service \
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-kernel-config.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer
do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done

# Settings that belong to the kernel as a whole stay with the machine that runs the lab.
for path in /usr/lib/sysctl.d/50-pid-max.conf /usr/lib/sysctl.d/99-protect-links.conf; do
    ln -sf /dev/null "/etc/sysctl.d/${path##*/}"
done

# A fresh machine: an identity of its own at first boot, no package lists, no logs.
: >/etc/machine-id
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/log/*.log
