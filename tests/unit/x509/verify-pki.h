/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chains of every kind that openssl makes, for the verification: NAME.pem each. */
#pragma once

/* issue NAME KEY ISSUER SUBJECT DAYS EXTENSIONS…: a certificate for KEY (made where there is none),
 * signed with the key of the certificate ISSUER, or its own for "-". $digest signs. */
#define VERIFY_TOOLS                                                                               \
    "digest=sha256; serial=1;"                                                                     \
    "newkey() { test -e $1.key || openssl genpkey -algorithm EC "                                  \
    "-pkeyopt ec_paramgen_curve:P-256 -out $1.key; };"                                             \
    "issue() { n=$1 k=$2 i=$3 s=$4 d=$5; shift 5; newkey $k; : >$n.x; serial=$((serial+1));"       \
    " for e; do echo \"$e\" >>$n.x; done;"                                                         \
    " openssl req -new -key $k.key -subj \"$s\" -out $n.csr;"                                      \
    " if test $i = -; then set -- -signkey $k.key; "                                               \
    " else set -- -CA $i.pem -CAkey $(cat $i.of).key; fi;"                                         \
    " openssl x509 -req -in $n.csr \"$@\" -set_serial $serial -days $d -$digest -extfile $n.x "    \
    "-out $n.pem; echo $k >$n.of; };"                                                              \
    "ids='subjectKeyIdentifier=hash'; aki='authorityKeyIdentifier=keyid';"                         \
    "ca='basicConstraints=critical,CA:TRUE'; sign='keyUsage=critical,keyCertSign,cRLSign';"        \
    "ee='basicConstraints=critical,CA:FALSE'; ku='keyUsage=critical,digitalSignature';"            \
    "server='extendedKeyUsage=serverAuth'; client='extendedKeyUsage=clientAuth';"                  \
    "san='subjectAltName=DNS:a.example.org';"

/* Each leaf below an authority of its own is called after what is wrong with that. */
#define VERIFY_CHAINS                                                                                                              \
    "issue root root - /O=Example/CN=Root 3650 $ids $ca $sign;"                                                                    \
    "issue mid mid root /O=Example/CN=Mid 1000 $ids $aki $ca $sign;"                                                               \
    "issue low low mid /O=Example/CN=Low 1000 $ids $aki $ca $sign;"                                                                \
    "leaf() { issue $1 leaf $2 /O=Example/CN=a.example.org 300 $aki $ee $ku $server $san; };"                                      \
    "leaf of-root root; leaf of-mid mid; leaf of-low low;" /* dates */                                                             \
    "issue short mid root /O=Example/CN=Mid 10 $ids $aki $ca $sign;"                                                               \
    "issue brief brief - /O=Example/CN=Brief 10 $ids $ca $sign; leaf of-brief brief;"                                              \
    "issue renewed brief - /O=Example/CN=Brief 3650 $ids $ca $sign;" /* path length: of the root, and of an intermediate */        \
    "issue none none - /O=Example/CN=None 3650 $ids $ca,pathlen:0 $sign; leaf of-none none;"                                       \
    "issue none-mid mid none /O=Example/CN=Mid 1000 $ids $aki $ca $sign; leaf of-none-mid "                                        \
    "none-mid;"                                                                                                                    \
    "issue one one - /O=Example/CN=One 3650 $ids $ca,pathlen:1 $sign;"                                                             \
    "issue one-mid mid one /O=Example/CN=Mid 1000 $ids $aki $ca $sign; leaf of-one-mid one-mid;"                                   \
    "issue one-low low one-mid /O=Example/CN=Low 1000 $ids $aki $ca $sign; leaf of-one-low "                                       \
    "one-low;"                                                                                                                     \
    "issue zero zero root /O=Example/CN=Zero 1000 $ids $aki $ca,pathlen:0 $sign; leaf of-zero "                                    \
    "zero;"                                                                                                                        \
    "issue zero-low low zero /O=Example/CN=Low 1000 $ids $aki $ca $sign; leaf of-zero-low "                                        \
    "zero-low;"                                                                                                                    \
    "issue rolled rolled none /O=Example/CN=None 1000 $ids $aki $ca $sign; leaf of-rolled rolled;" /* authorities that are none */ \
    "issue noca noca root /O=Example/CN=NoCA 1000 $ids $aki $ee $ku; leaf of-noca noca;"                                           \
    "issue plain plain root /O=Example/CN=Plain 1000 $ids $aki; leaf of-plain plain;"                                              \
    "issue nosign nosign root /O=Example/CN=NoSign 1000 $ids $aki $ca keyUsage=digitalSignature;"                                  \
    "leaf of-nosign nosign;"                                                                                                       \
    "issue nousage nousage root /O=Example/CN=NoUsage 1000 $ids $aki $ca; leaf of-nousage "                                        \
    "nousage;" /* purposes */                                                                                                      \
    "issue client leaf mid /O=Example/CN=c 300 $aki $ee $ku $client $san;"                                                         \
    "issue both leaf mid /O=Example/CN=c 300 $aki $ee $ku extendedKeyUsage=clientAuth,serverAuth "                                 \
    "$san;"                                                                                                                        \
    "issue any leaf mid /O=Example/CN=c 300 $aki $ee $ku extendedKeyUsage=anyExtendedKeyUsage "                                    \
    "$san;"                                                                                                                        \
    "issue nopurpose leaf mid /O=Example/CN=c 300 $aki $ee $ku $san;"                                                              \
    "issue code leaf mid /O=Example/CN=c 300 $aki $ee $ku extendedKeyUsage=codeSigning $san;"                                      \
    "issue nettype leaf mid /O=Example/CN=c 300 $aki $ee $ku nsCertType=client $san;"                                              \
    "issue agree leaf mid /O=Example/CN=c 300 $aki $ee keyUsage=keyAgreement $san;"                                                \
    "issue crlsign leaf mid /O=Example/CN=c 300 $aki $ee keyUsage=cRLSign $san;"                                                   \
    "issue clients clients root /O=Example/CN=Clients 1000 $ids $aki $ca $sign $client;"                                           \
    "leaf of-clients clients;"                                                                                                     \
    "issue servers servers root /O=Example/CN=Servers 1000 $ids $aki $ca $sign $server;"                                           \
    "leaf of-servers servers;"                                                                                                     \
    "issue clientroot clientroot - /O=Example/CN=ClientRoot 3650 $ids $ca $sign $client;"                                          \
    "leaf of-clientroot clientroot;"

#define VERIFY_MORE_CHAINS                                                                                                 \
    /* two that signed each other; two of one name; the same key under another name */                                     \
    "issue r2 r2 - /O=Example/CN=R2 3650 $ids $ca $sign;"                                                                  \
    "issue root-by-r2 root r2 /O=Example/CN=Root 1000 $ids $aki $ca $sign;"                                                \
    "issue r2-by-root r2 root /O=Example/CN=R2 1000 $ids $aki $ca $sign;"                                                  \
    "issue twin twin - /O=Example/CN=Root 3650 $ids $ca $sign;"                                                            \
    "issue bare-root bare - /O=Example/CN=Bare 3650 $ca $sign;"                                                            \
    "issue bare-twin baretwin - /O=Example/CN=Bare 3650 $ca $sign;"                                                        \
    "issue of-bare leaf bare-root /O=Example/CN=a.example.org 300 $ee $ku $server $san;"                                   \
    "for i in a b c d e f g h i j k l m n o; do"                                                                           \
    " issue loop$i root - /O=Example/CN=Root 3000 $ids $ca $sign; done;"                                                   \
    "issue unrelated unrelated - /CN=Unrelated 300 $ids $ca $sign;"                                                        \
    "issue wrongid wrongid mid /O=Example/CN=w 300 $ee $ku $server $san "                                                  \
    "authorityKeyIdentifier=DER:30168014000102030405060708090a0b0c0d0e0f10111213;" /* of themselves */                     \
    "issue self self - /CN=cam.example.org 300 $ids $server subjectAltName=DNS:cam.example.org;"                           \
    "issue self-ee self - /CN=cam.example.org 300 $ids $ee $ku "                                                           \
    "subjectAltName=DNS:cam.example.org;"                                                                                  \
    "issue self-ca self - /CN=cam.example.org 300 $ids $ca "                                                               \
    "keyUsage=digitalSignature,keyCertSign subjectAltName=DNS:cam.example.org;" /* names */                                \
    "named() { issue $1 leaf mid \"$2\" 300 $aki $ee $ku $server $3; };"                                                   \
    "named wild /CN=x subjectAltName=DNS:*.example.org;"                                                                   \
    "named dot /CN=x subjectAltName=DNS:a.example.org.; named part /CN=x subjectAltName=DNS:a*.example.org;"                                                                  \
    "named address /CN=x subjectAltName=IP:192.0.2.1,IP:2001:db8::1;"                                                      \
    "named common /CN=a.example.org; named mailonly /CN=a.example.org "                                                    \
    "subjectAltName=email:a@b.cd;"                                                                                         \
    "named addressonly /CN=a.example.org subjectAltName=IP:192.0.2.9;"                                                     \
    "named two /CN=a.example.org/CN=b.example.org; named addresscn /CN=192.0.2.1;" /* digests, keys, damage, extensions */ \
    "digest=sha1; issue sha1 mid root /O=Example/CN=Mid 1000 $ids $aki $ca $sign;"                                         \
    "leaf sha1leaf mid; issue sha1root sha1root - /CN=Sha1Root 1000 $ids $ca $sign;"                                       \
    "digest=sha256; leaf of-sha1root sha1root;"                                                                            \
    "openssl genrsa -out r1024.key 1024; openssl genrsa -out r2048.key 2048;"                                              \
    "issue rsa1024 r1024 mid /CN=r 300 $aki $ee $ku $server $san;"                                                         \
    "issue rsa2048 r2048 mid /CN=r 300 $aki $ee $ku $server $san;"                                                         \
    "issue weakroot r1024 - /CN=WeakRoot 3650 $ids $ca $sign; leaf of-weakroot weakroot;"                                  \
    "openssl genrsa -3 -out e3.key 2048; issue e3 e3 - /CN=E3 3650 $ids $ca $sign; leaf of-e3 e3;"                         \
    "issue rsaroot r2048 - /CN=RsaRoot 3650 $ids $ca $sign;"                                                               \
    "digest=md5; issue md5leaf leaf rsaroot /CN=r 300 $aki $ee $ku $server $san; digest=sha256;"                           \
    "issue critical leaf mid /CN=r 300 $aki $ee $ku $server $san 1.2.3.4=critical,DER:0500;"                               \
    "issue harmless leaf mid /CN=r 300 $aki $ee $ku $server $san 1.2.3.4=DER:0500;"                                        \
    "issue strange strange root /CN=Strange 300 $ids $aki $ca $sign 1.2.3.4=critical,DER:0500;"                            \
    "leaf of-strange strange;"                                                                                             \
    "issue policy policy root /CN=Policy 300 $ids $aki $ca $sign "                                                         \
    "policyConstraints=critical,requireExplicitPolicy:0; leaf of-policy policy;"                                           \
    "issue known known root /CN=Known 300 $ids $aki $ca $sign certificatePolicies=critical,1.2.3 "                         \
    "crlDistributionPoints=critical,URI:http://a.example.org/c inhibitAnyPolicy=critical,0; "                              \
    "leaf of-known known; issue critkeyid leaf mid /CN=r 300 $ee $ku $server $san "                                        \
    "2.5.29.14=critical,DER:0403010203;"                                                                                   \
    "issue keyid leaf mid /CN=r 300 subjectKeyIdentifier=hash $ee $ku $server $san;"                                       \
    "openssl x509 -in of-mid.pem -outform DER -out d.der; size=$(wc -c <d.der);"                                           \
    "printf '\\125' | dd of=d.der bs=1 seek=$((size-3)) conv=notrunc 2>/dev/null;"                                         \
    "openssl x509 -inform DER -in d.der -out damaged.pem;"                                                                 \
    "openssl x509 -in mid.pem -outform DER -out d.der; size=$(wc -c <d.der);"                                              \
    "printf '\\125' | dd of=d.der bs=1 seek=$((size-3)) conv=notrunc 2>/dev/null;"                                         \
    "openssl x509 -inform DER -in d.der -out damagedmid.pem;"
