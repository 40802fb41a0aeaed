<?xml version="1.0" encoding="utf-8"?>
<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->
<!-- gdbus-codegen makes a page of each interface; here each becomes a section of one page. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="xml" encoding="utf-8"/>

  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
  </xsl:template>

  <xsl:template match="indexterm|comment()|@xml:base"/>
  <xsl:template match="link"><xsl:apply-templates/></xsl:template>

  <xsl:template match="refentry/refentry">
    <refsect1 id="{@id}">
      <title><xsl:value-of select="refnamediv/refname"/></title>
      <xsl:apply-templates select="refsect1[@role='desc']/para"/>
      <xsl:apply-templates select="refsynopsisdiv|refsect1[not(@role='desc')]"/>
    </refsect1>
  </xsl:template>

  <xsl:template match="refentry/refentry/refsynopsisdiv|refentry/refentry/refsect1">
    <refsect2><xsl:apply-templates select="node()"/></refsect2>
  </xsl:template>

  <xsl:template match="refentry/refentry/refsect1/refsect2">
    <refsect3><xsl:apply-templates select="node()"/></refsect3>
  </xsl:template>
</xsl:stylesheet>
