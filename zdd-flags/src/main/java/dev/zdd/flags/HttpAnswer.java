package dev.zdd.flags;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a server answered in the end.
 *
 * @param status its status, no redirect
 * @param tag its entity tag; null if it gave none
 * @param body empty unless the status is 200. Not copied
 * @param retryAfter how long it wants to be left alone; null if it doesn't say
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
record HttpAnswer(int status, @Nullable String tag, byte[] body, @Nullable Duration retryAfter) {}
