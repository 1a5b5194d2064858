/** The C library, for zdd's own modules: what Java cannot do by itself. */
@NullMarked
package dev.zdd.core.foreign;

import org.jspecify.annotations.NullMarked;
