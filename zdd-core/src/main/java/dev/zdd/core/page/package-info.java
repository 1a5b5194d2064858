/**
 * A page for people: what the parts of this process know, as facts and not as markup. {@link
 * dev.zdd.core.page.StatusPage} puts the sections of an application together; who gives a section
 * of his own begins at {@link dev.zdd.core.page.Section}.
 */
@NullMarked
package dev.zdd.core.page;

import org.jspecify.annotations.NullMarked;
