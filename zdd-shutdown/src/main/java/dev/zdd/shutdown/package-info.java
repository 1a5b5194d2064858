/**
 * From SIGTERM to exit. Read {@link dev.zdd.shutdown.GracefulShutdown} for the timeline and its
 * settings; {@link dev.zdd.shutdown.DrainReport} is what a shutdown leaves behind.
 */
@NullMarked
package dev.zdd.shutdown;

import org.jspecify.annotations.NullMarked;
