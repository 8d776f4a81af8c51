#!/bin/sh
# Writes into the folder $1 a CA, what it vouches for (hub, which is 127.0.0.1, program, and each
# further IPv4 address that is given, under that name), and a stranger with a CA of its own.
set -eu
cd "$1"
shift

sign() { # NAME CA EXTENSION
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
        -keyout "$1.key" -out "$1.request"
    echo "$3" >"$1.extensions"
    openssl x509 -req -in "$1.request" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 2 \
        -extfile "$1.extensions" -out "$1.pem"
}

for ca in ca other; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$ca" \
        -days 2 -keyout $ca.key -out $ca.pem
done
sign hub ca 'subjectAltName=IP:127.0.0.1'
sign program ca 'subjectAltName=DNS:program'
sign stranger other 'subjectAltName=DNS:program'
for address; do
    sign "$address" ca "subjectAltName=IP:$address"
done
