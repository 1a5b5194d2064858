/**
 * Feature flags. Read {@link dev.zdd.flags.Flags} first, then {@link dev.zdd.flags.Flag}, which is
 * all that the request path sees. How users fall into a percentage is specified in {@code
 * docs/bucketing.md}, the file format in {@code docs/flags.md}.
 */
@NullMarked
package dev.zdd.flags;

import org.jspecify.annotations.NullMarked;
