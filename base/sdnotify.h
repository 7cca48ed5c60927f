/* sdnotify - tell the service manager how we are (sd_notify(3)'s datagram to
 * NOTIFY_SOCKET). Without a manager nothing happens. Never fails us. */
#ifndef BASE_SDNOTIFY_H
#define BASE_SDNOTIFY_H

/* "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=…", "WATCHDOG=1" */
void	sdnotify(const char *state);

#endif
