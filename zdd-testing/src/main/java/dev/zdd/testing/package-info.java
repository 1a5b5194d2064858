/**
 * What the tests of several modules share. {@link dev.zdd.testing.FreePort} is for every process
 * that a test starts.
 */
@NullMarked
package dev.zdd.testing;

import org.jspecify.annotations.NullMarked;
