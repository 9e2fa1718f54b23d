/*
 * Uploads: a file of a size that is known is written piece by piece, in any order and any number of
 * times, and then takes its name.
 *
 * What has arrived lies in a hidden file beside the target, sparse and closed to other users, whose
 * name (".NAME.lethe-HEX") is derived from the upload's token, size and path; so that every server
 * finds it, and whoever knows the token may go on with it. A commit marks the file (extended
 * attribute "user.lethe.upload", the HEX as 16 bytes), syncs it, renames it over the target and
 * syncs the folder. By the mark a repeated commit, digest or creation finds that it is done. A file
 * system without such attributes cannot tell whose the file is: there a repeated commit is content
 * with a target of the upload's size, and a repeated creation begins anew.
 *
 * No link is followed, no folder is made, and no link, folder or device is replaced. The server's
 * user needs to read, write and enter the folder that the file goes to. An upload that is never
 * committed stays: an administrator may remove `.*.lethe-*` that have not changed for a day.
 */
#ifndef SERVICE_FILES_UPLOAD_H
#define SERVICE_FILES_UPLOAD_H

#include "service/files.h"
#include "service/files_span.h"
#include "wire/files.h"

/* All return an enum lethe_status: DENIED for a service that is not writable. */

/* Begins an upload or finds it again; what it has already stays. The answer's body is the upload;
 * its version is zero. FULL for one that is larger than allowed, or than the file system takes. */
int upload_create(struct files *f, const struct files_request *q, struct lethe_answer *answer);

/* NOT_FOUND: it was never begun, was committed, or was removed. CHANGED: someone has cut it; it can
 * be created again. BAD: beyond its end. FULL: the disk is. */
int upload_write(const struct files *f, const struct files_state *s, const struct files_request *q);

/* The span, clipped, of an upload, which may be committed. */
int upload_read(const struct files *f, const struct files_state *s, struct files_span *span);

/* Syncs, which may take the disk's time. NOT_FOUND as above, and when it was committed and another
 * file has come after it. */
int upload_commit(const struct files *f, const struct files_state *s);

#endif
