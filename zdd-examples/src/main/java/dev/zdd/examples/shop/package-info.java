/**
 * The shop: what an application that uses zdd looks like. Read {@link dev.zdd.examples.shop.Serve}
 * first: it puts the shop, its health, its flags and its shutdown together, in the order of a
 * start. {@code Shop} is the same on every server; {@code ShopOnJetty} and {@code ShopOnNetty} are
 * thin.
 */
@NullMarked
package dev.zdd.examples.shop;

import org.jspecify.annotations.NullMarked;
