/**
 * zdd for HTTP/1.1 and HTTP/2 servers on Netty 4.2. Read {@link dev.zdd.netty.NettyDrain} first;
 * {@link dev.zdd.netty.EndpointHandler} serves zdd's own pages, and {@link
 * dev.zdd.netty.RequestContextHandler} binds whom a request is for.
 */
@NullMarked
package dev.zdd.netty;

import org.jspecify.annotations.NullMarked;
