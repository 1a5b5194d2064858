/**
 * The vocabulary of zdd's own HTTP endpoints, free of any server. {@link
 * dev.zdd.core.http.Endpoint} is the one to read first.
 */
@NullMarked
package dev.zdd.core.http;

import org.jspecify.annotations.NullMarked;
