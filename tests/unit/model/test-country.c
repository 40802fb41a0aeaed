/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R3: countries are those of ISO 3166-1 alpha-2, and common mistakes get the code that was meant. */
#include "model/country.h"

#include <string.h>

#include "model/error.h"

/* Taken from the time zone database, not from where the table in daemon/model comes from. */
static const char all_codes[] =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI "
    "BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN "
    "CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM "
    "HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN "
    "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP "
    "NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW "
    "SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI "
    "VN VU WF WS YE YT ZA ZM ZW ";

/* R3: of the 676 pairs of capitals exactly those that are assigned. */
static void test_all_pairs(void)
{
    unsigned int n_valid = 0;
    for (char first = 'A'; first <= 'Z'; first++) {
        for (char second = 'A'; second <= 'Z'; second++) {
            char code[] = {first, second, '\0'};
            gboolean expected = strstr(all_codes, code) != NULL;
            g_autoptr(GError) error = NULL;
            g_assert_cmpint(certd_country_validate(code, &error), ==, expected);
            g_assert_cmpint(error == NULL, ==, expected);
            n_valid += expected;
        }
    }
    g_assert_cmpuint(n_valid, ==, 249);
}

typedef struct {
    const char *name;
    const char *code;
    const char *message; /* all of it */
} Row;

#define NOT_A_CODE(value, hint) "Country " value " is not an ISO 3166-1 code; " hint
#define GENERAL_HINT "use the two capital letters of your country, such as \"DE\""

/* R3 */
static const Row rows[] = {
    {"uk", "UK", NOT_A_CODE("\"UK\"", "the United Kingdom is \"GB\"")},
    {"uk-lower", "uk", NOT_A_CODE("\"uk\"", "the United Kingdom is \"GB\"")},
    {"en", "EN",
     NOT_A_CODE("\"EN\"", "English is a language; the United Kingdom is \"GB\", the United States "
                          "\"US\"")},
    {"lower", "de", NOT_A_CODE("\"de\"", "the code of Germany is \"DE\"")},
    {"mixed", "Ch", NOT_A_CODE("\"Ch\"", "the code of Switzerland is \"CH\"")},
    {"alpha-3", "USA", NOT_A_CODE("\"USA\"", "the code of United States is \"US\"")},
    {"english-name", "germany", NOT_A_CODE("\"germany\"", "the code of Germany is \"DE\"")},
    {"name-beyond-ascii", "TÜRKIYE", NOT_A_CODE("\"TÜRKIYE\"", "the code of Türkiye is \"TR\"")},
    {"empty", "", NOT_A_CODE("\"\"", GENERAL_HINT)},
    {"unknown", "XX", NOT_A_CODE("\"XX\"", GENERAL_HINT)},
    {"space-after", "DE ", NOT_A_CODE("\"DE \"", GENERAL_HINT)},
    {"no-utf8", "D\xC9", NOT_A_CODE("\"D\\xC9\"", GENERAL_HINT)},
    {"long", "DEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDE",
     NOT_A_CODE("\"DEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDEDE…\"",
                GENERAL_HINT)},
};

static void test_row(gconstpointer data)
{
    const Row *row = data;
    g_autoptr(GError) error = NULL;
    g_assert_false(certd_country_validate(row->code, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT);
    g_assert_cmpstr(error->message, ==, row->message);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/country/all-pairs", test_all_pairs);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/model/country/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    return g_test_run();
}
