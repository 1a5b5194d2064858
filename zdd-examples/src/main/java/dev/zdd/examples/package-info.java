/**
 * The runnable jar: {@code serve} starts the shop, {@code demo} replaces it under load. Read {@link
 * dev.zdd.examples.Main} first, then one of the two packages below.
 */
@NullMarked
package dev.zdd.examples;

import org.jspecify.annotations.NullMarked;
